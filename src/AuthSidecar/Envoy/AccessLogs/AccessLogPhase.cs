namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Phase of a request when Envoy wrote the entry.</summary>
internal enum AccessLogPhase
{
    /// <summary>Any other phase, such as the start; ignored.</summary>
    Other,

    /// <summary>A WebSocket was opened.</summary>
    Opened,

    /// <summary>A periodic entry of an open WebSocket.</summary>
    Alive,

    /// <summary>The request or WebSocket has ended.</summary>
    Ended,
}
