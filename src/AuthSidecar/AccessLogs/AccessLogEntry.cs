namespace AuthSidecar.AccessLogs;

/// <summary>One entry of Envoy's access log, read once for whoever wants to know of it. What is said of the decision is what Check told Envoy; unknown is an empty text.</summary>
/// <param name="Phase">When it was written.</param>
/// <param name="DecisionId">The decision about the request.</param>
/// <param name="Subject">The caller; empty: nobody, as on public routes.</param>
/// <param name="IsSocket">It is a WebSocket that was let through.</param>
internal sealed record AccessLogEntry(AccessLogPhase Phase, string DecisionId, string Subject, bool IsSocket)
{
    /// <summary><c>allow</c>, <c>deny</c> or <c>close</c>.</summary>
    public string Decision { get; init; } = "";

    public string Reason { get; init; } = "";
    public string KeyId { get; init; } = "";
    public string Mode { get; init; } = "";
    public string Policy { get; init; } = "";

    /// <summary>How it ended; null while it has not.</summary>
    public RequestEnd? End { get; init; }
}
