using AuthSidecar.ExtAuthz;

namespace AuthSidecar.AccessLogs;

/// <summary>One entry of Envoy's access log, read once for all that take it.</summary>
/// <param name="Phase">When it was written.</param>
/// <param name="Told">What Check told Envoy of the decision.</param>
/// <param name="IsSocket">It is a WebSocket that was let through.</param>
internal sealed record AccessLogEntry(AccessLogPhase Phase, DecisionFacts Told, bool IsSocket)
{
    /// <summary>The decision about the request.</summary>
    public string DecisionId => Told.Id;

    /// <summary>The caller; empty: nobody, as on public routes.</summary>
    public string Subject => Told.Subject;

    /// <summary>Whose sockets are counted together, as Check counts them: the caller's, or those of the line of a service's key.</summary>
    public string SocketOwner => Told.KeyLine.Length > 0 && Subject == KeyId ? Told.KeyLine : Subject;

    /// <summary><c>allow</c>, <c>deny</c> or <c>close</c>.</summary>
    public string Decision => Told.Decision;

    public string Reason => Told.Reason;

    public string KeyId => Told.KeyId;

    public string Mode => Told.Mode;

    public string Policy => Told.Policy;

    /// <summary>A refusal that Check has counted with others: it has no row of usage.</summary>
    public bool IsCounted => Told.Usage == "counted";

    /// <summary>How it ended; null while it has not.</summary>
    public RequestEnd? End { get; init; }
}
