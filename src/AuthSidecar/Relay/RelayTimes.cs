namespace AuthSidecar.Relay;

/// <summary>How long the relay waits for what.</summary>
internal sealed record RelayTimes
{
    /// <summary>From the end of the handshake to the whole first message.</summary>
    public TimeSpan FirstMessage { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the upstream's answer to the handshake, connecting included.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the other end's close frame after the relay has sent one of its own.</summary>
    public TimeSpan Close { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For the second close frame after the first was passed on: until then the other direction goes on.</summary>
    public TimeSpan HalfClosed { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which an end is pinged.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For any sign of life after that. What is under way to a slow reader delays its answer, so it is not short.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often clocks of sockets are looked at.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>After that long a socket is judged again, for what no change announces.</summary>
    public TimeSpan Reauthorization { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same, when it could not be decided.</summary>
    public TimeSpan ReauthorizationAfterOutage { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How often the lease of a socket is renewed; it lasts for 90 s.</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromSeconds(30);
}
