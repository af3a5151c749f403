using AuthSidecar.Decisions.Metadata;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>One entry of Envoy's access log.</summary>
/// <param name="Phase">The request's phase when Envoy wrote it.</param>
/// <param name="Facts">The decision's facts from the dynamic metadata that Check returned.</param>
/// <param name="IsSocket">True for an allowed WebSocket.</param>
internal sealed record AccessLogEntry(AccessLogPhase Phase, DecisionFacts Facts, bool IsSocket)
{
    /// <summary>The decision about the request.</summary>
    public string DecisionId => Facts.Id;

    /// <summary>The caller; empty on public routes.</summary>
    public string Subject => Facts.Subject;

    /// <summary>Owner of the socket lease, as in Check: the subject, or the key line of a service.</summary>
    public string SocketOwner => Facts.KeyLine.Length > 0 && Subject == KeyId ? Facts.KeyLine : Subject;

    /// <summary><c>allow</c>, <c>deny</c> or <c>close</c>.</summary>
    public string Decision => Facts.Decision;

    public string Reason => Facts.Reason;

    public string KeyId => Facts.KeyId;

    public string Mode => Facts.Mode;

    public string Policy => Facts.Policy;

    /// <summary>A denial that Check has counted with others; it has no usage row.</summary>
    public bool IsCounted => Facts.Usage == "counted";

    /// <summary>How the request ended; null before its end.</summary>
    public RequestEnd? End { get; init; }
}
