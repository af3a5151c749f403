namespace AuthSidecar.Platform.Hosting;

/// <summary>The listeners of the process.</summary>
internal enum Listener
{
    Check,
    Companion,
    Console,
    Closer,
    Relay,
    Probe,

    /// <summary>In-process listener for warm-up; not configurable.</summary>
    WarmUp,
}

/// <summary>The listener of a connection; a feature of each.</summary>
internal sealed record ListenerFeature(Listener Listener);
