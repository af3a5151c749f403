namespace AuthSidecar.AccessLogs;

/// <summary>What an entry of the access log was.</summary>
internal enum AccessLogResult
{
    /// <summary>About a WebSocket that was let through.</summary>
    Socket,

    /// <summary>About any other request that was decided.</summary>
    Request,

    /// <summary>About a request that nobody was asked about.</summary>
    Undecided,

    /// <summary>It has a decision that cannot be ours, or is no entry of HTTP.</summary>
    Malformed,

    /// <summary>No sidecar made its decision: the MAC is missing or wrong.</summary>
    WrongMac,
}
