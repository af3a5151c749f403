namespace AuthSidecar.AccessLogs;

/// <summary>One entry of Envoy's access log, read once for whoever wants to know of it.</summary>
/// <param name="Phase">When it was written.</param>
/// <param name="DecisionId">The decision about the request.</param>
/// <param name="Subject">The caller; empty: nobody, as on public routes.</param>
/// <param name="IsSocket">It is a WebSocket that was let through.</param>
internal sealed record AccessLogEntry(AccessLogPhase Phase, string DecisionId, string Subject, bool IsSocket);
