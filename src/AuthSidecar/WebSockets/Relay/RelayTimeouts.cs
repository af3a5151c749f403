namespace AuthSidecar.WebSockets.Relay;

/// <summary>The relay's timeouts and intervals.</summary>
internal sealed record RelayTimeouts
{
    /// <summary>From the end of the handshake to the end of the first message.</summary>
    public TimeSpan FirstMessage { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>For the upstream's handshake, connecting included.</summary>
    public TimeSpan Handshake { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>For the peer's close frame after the relay has sent one of its own.</summary>
    public TimeSpan Close { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>For the second close frame after the first was passed on; until then the other direction stays open.</summary>
    public TimeSpan HalfClosed { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Silence after which a peer is pinged.</summary>
    public TimeSpan KeepAlive { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>For any sign of life after a ping. Data in flight to a slow reader delays its pong, so it is not short.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How often each socket's deadlines are checked.</summary>
    public TimeSpan Tick { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Between two reauthorizations of a socket, for changes that no invalidation announces.</summary>
    public TimeSpan Reauthorization { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The same, after a reauthorization without a decision.</summary>
    public TimeSpan ReauthorizationAfterOutage { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Between two renewals of a socket's lease, which lasts for 90 s.</summary>
    public TimeSpan Renewal { get; init; } = TimeSpan.FromSeconds(30);
}
