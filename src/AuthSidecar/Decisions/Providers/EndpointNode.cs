namespace AuthSidecar.Decisions.Providers;

/// <summary>A node in the tree of a dialect's paths, with one edge per segment. Immutable after construction of the map.</summary>
/// <param name="comparison">Comparison of segments.</param>
/// <param name="hasVerbs">True when a colon separates a verb from a name, so that names have no colon.</param>
internal sealed class EndpointNode(StringComparison comparison, bool hasVerbs)
{
    private readonly List<KeyValuePair<string, EndpointNode>> _literals = [];
    private readonly List<KeyValuePair<string, EndpointNode>> _verbs = [];
    private EndpointNode? _name;
    private bool _isCatchAll;

    /// <summary>Endpoints whose path ends here, at most one per method.</summary>
    public List<ProviderEndpoint> Endpoints { get; } = [];

    /// <summary>The child for a segment of a template, added if missing.</summary>
    public EndpointNode GetOrAdd(string segment)
    {
        switch (segment)
        {
            case "{**rest}":
                _isCatchAll = true;
                return this;
            case ['{', .., '}']:
                return _name ??= new(comparison, hasVerbs);
            case ['{', ..]:
                return GetOrAdd(_verbs, segment[(segment.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            default:
                return GetOrAdd(_literals, segment);
        }
    }

    /// <summary>True when the segment is a literal child; on the root: a collection.</summary>
    public bool HasLiteral(ReadOnlySpan<char> segment) => Find(_literals, segment) is not null;

    /// <summary>The node of the rest of a path; null when no endpoint ends there.</summary>
    /// <param name="rest">Empty, or beginning with a slash.</param>
    public EndpointNode? Find(ReadOnlySpan<char> rest)
    {
        if (rest.IsEmpty || _isCatchAll)
        {
            return Endpoints.Count > 0 ? this : null;
        }

        var end = rest[1..].IndexOf('/') + 1;
        var segment = end > 0 ? rest[1..end] : rest[1..];
        var next = end > 0 ? rest[end..] : default;
        return segment.IsEmpty ? null : Find(_literals, segment)?.Find(next) ?? FindNamed(segment, next);
    }

    /// <summary>The endpoint for a method, or null.</summary>
    /// <param name="method">As in <see cref="ProviderEndpoint.Method"/>.</param>
    public ProviderEndpoint? For(string method)
    {
        foreach (var endpoint in Endpoints)
        {
            if (endpoint.Method == method || endpoint.Method == "*")
            {
                return endpoint;
            }
        }

        return null;
    }

    private EndpointNode? FindNamed(ReadOnlySpan<char> segment, ReadOnlySpan<char> next)
    {
        var colon = hasVerbs ? segment.LastIndexOf(':') : -1;
        return colon < 0 ? _name?.Find(next)
            : colon > 0 && !segment[..colon].Contains(':') ? Find(_verbs, segment[(colon + 1)..])?.Find(next)
            : null;
    }

    private EndpointNode? Find(List<KeyValuePair<string, EndpointNode>> nodes, ReadOnlySpan<char> segment)
    {
        foreach (var (name, node) in nodes)
        {
            if (name.Length == segment.Length && segment.Equals(name, comparison))
            {
                return node;
            }
        }

        return null;
    }

    private EndpointNode GetOrAdd(List<KeyValuePair<string, EndpointNode>> nodes, string segment)
    {
        if (Find(nodes, segment) is { } known)
        {
            return known;
        }

        var node = new EndpointNode(comparison, hasVerbs);
        nodes.Add(new(segment, node));
        return node;
    }
}
