namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>What Envoy asked about, in our words: read once, never changed.</summary>
internal sealed class InboundRequest
{
    public required string Method { get; init; }

    /// <summary>Host with port, as the client sent it.</summary>
    public required string Host { get; init; }

    /// <summary>Request target with its query, undecoded; empty when Envoy gave none.</summary>
    public required string Target { get; init; }

    public required RequestHeaders Headers { get; init; }

    /// <summary>Address of Envoy's peer.</summary>
    public string PeerAddress { get; init; } = "";

    /// <summary>Principal of the peer's certificate, or empty.</summary>
    public string Principal { get; init; } = "";

    /// <summary>The policy that the route names; null when it names none (an empty name is a name).</summary>
    public string? PolicyName { get; init; }

    /// <summary>The route says that it leads to the closer, so that an OK answer lets no socket through to an application.</summary>
    public bool HasCloser { get; init; }

    /// <summary>The exception with which reading it failed, or null; it is refused with <c>internal_error</c>.</summary>
    public Exception? Fault { get; init; }

    /// <summary>What could be read of its body.</summary>
    public RequestBody Body { get; init; }

    /// <summary>The target up to its query.</summary>
    public ReadOnlySpan<char> RawPath => Target.AsSpan(0, PathLength);

    /// <summary>The target's query without its question mark, or empty.</summary>
    public ReadOnlySpan<char> Query => PathLength < Target.Length ? Target.AsSpan(PathLength + 1) : default;

    private int PathLength => Target.IndexOf('?', StringComparison.Ordinal) is var end and >= 0 ? end : Target.Length;
}
