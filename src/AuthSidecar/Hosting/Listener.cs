namespace AuthSidecar.Hosting;

/// <summary>The doors of the process; a connection knows through which one it came.</summary>
internal enum Listener
{
    Check,
    Companion,
    Console,
    Closer,
    Relay,

    /// <summary>No door of the configuration: connections that the process makes to itself before it is ready.</summary>
    WarmUp,
}

/// <summary>Carried by every connection.</summary>
internal sealed record ListenerFeature(Listener Listener);
