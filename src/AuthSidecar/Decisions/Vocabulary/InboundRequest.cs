namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>The request to decide, independent of the transport. Immutable.</summary>
internal sealed class InboundRequest
{
    public required string Method { get; init; }

    /// <summary>Host with port, as the client sent it.</summary>
    public required string Host { get; init; }

    /// <summary>Request target with its query, undecoded; empty when unknown.</summary>
    public required string Target { get; init; }

    public required RequestHeaders Headers { get; init; }

    /// <summary>Address of Envoy's peer.</summary>
    public string PeerAddress { get; init; } = "";

    /// <summary>Principal of the peer's certificate, or empty.</summary>
    public string Principal { get; init; } = "";

    /// <summary>Policy named by the route; null: none. An empty name counts as a name.</summary>
    public string? PolicyName { get; init; }

    /// <summary>
    /// True when the default route of the upgrade is the closer, so that an OK answer without <c>ws: allow</c> reaches no application.
    /// </summary>
    public bool HasCloser { get; init; }

    /// <summary>Recognizes repeats of the request; the default value when they cannot be recognized.</summary>
    public RepeatKey RepeatKey { get; init; }

    /// <summary>Exception while reading the request, or null; denied with <c>internal_error</c>.</summary>
    public Exception? Fault { get; init; }

    /// <summary>The readable content of the body.</summary>
    public RequestBody Body
    {
        get => CodedBody is null ? field : CodedBody.Value;
        init;
    }

    /// <summary>The body of a content coding, decoded at its first use; null: there is none.</summary>
    public Lazy<RequestBody>? CodedBody { get; init; }

    /// <summary>The target without its query.</summary>
    public ReadOnlySpan<char> RawPath => Target.AsSpan(0, PathLength);

    /// <summary>The query without its question mark, or empty.</summary>
    public ReadOnlySpan<char> Query => PathLength < Target.Length ? Target.AsSpan(PathLength + 1) : default;

    private int PathLength => Target.IndexOf('?', StringComparison.Ordinal) is var end and >= 0 ? end : Target.Length;
}
