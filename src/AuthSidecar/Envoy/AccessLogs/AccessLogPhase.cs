namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>Where in its life a request was when Envoy wrote an entry.</summary>
internal enum AccessLogPhase
{
    /// <summary>Any other moment, such as the start, of which nobody here needs to know.</summary>
    Other,

    /// <summary>A WebSocket has opened.</summary>
    Opened,

    /// <summary>It still lives.</summary>
    Alive,

    /// <summary>It is over.</summary>
    Ended,
}
