using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// The status code and reason of a close frame that the relay sends. The reason is a stable identifier, also in logs and metrics; after a
/// rejected first message it is the sentence that clients expect.
/// </summary>
/// <param name="Code">RFC 6455 7.4.1, or of the private range 4000–4999.</param>
/// <param name="Reason">At most 123 bytes.</param>
internal sealed record CloseReason(int Code, string Reason)
{
    private const int GoingAway = 1001;
    private const int PolicyViolation = 1008;
    private const int InternalError = 1011;

    public static readonly CloseReason AuthTimeout = new(PolicyViolation, "Auth timeout");
    public static readonly CloseReason InvalidJson = new(PolicyViolation, "Invalid JSON");
    public static readonly CloseReason NotText = new(PolicyViolation, "Expected JSON auth message");
    public static readonly CloseReason NotAuth = new(PolicyViolation, "First message must be auth");
    public static readonly CloseReason MissingToken = new(PolicyViolation, "Missing token");

    /// <summary>For the log only: the client has gone.</summary>
    public static readonly CloseReason Disconnected = new(PolicyViolation, "Client disconnected");

    public static readonly CloseReason ProtocolError = new(1002, "protocol_error");
    public static readonly CloseReason MessageTooBig = new(1009, "message_too_big");

    /// <summary>Closed by client or upstream.</summary>
    public static readonly CloseReason Closed = new(1000, "closed");

    /// <summary>Sent to the upstream when the client's connection broke or was aborted.</summary>
    public static readonly CloseReason ClientGone = new(GoingAway, "client_gone");
    public static readonly CloseReason UpstreamGone = new(InternalError, "upstream_gone");
    public static readonly CloseReason UpstreamRefused = new(InternalError, "upstream_refused");
    public static readonly CloseReason UpstreamUnavailable = new(1013, "upstream_unavailable");
    public static readonly CloseReason RelayChanged = new(1012, "relay_changed");
    public static readonly CloseReason TooLong = new(PolicyViolation, "max_stream_duration");
    public static readonly CloseReason GoesAway = new(GoingAway, "going_away");
    public static readonly CloseReason Fault = new(InternalError, "internal_error");

    public static CloseReason Of(Denial denial) => new(denial.CloseCode, denial.Reason);
}
