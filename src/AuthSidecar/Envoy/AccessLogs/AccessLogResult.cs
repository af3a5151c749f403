namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Kind of an access log entry.</summary>
internal enum AccessLogResult
{
    /// <summary>An allowed WebSocket.</summary>
    Socket,

    /// <summary>Any other request with a decision.</summary>
    Request,

    /// <summary>A request without a decision.</summary>
    Undecided,

    /// <summary>Not an HTTP entry, or a decision id in another format.</summary>
    Malformed,

    /// <summary>The MAC is missing or wrong: no sidecar made the decision.</summary>
    WrongMac,
}
