namespace AuthSidecar.Decisions.Providers;

/// <summary>A place in the tree of a dialect's paths: one segment leads from it to the next. Immutable once its map is made.</summary>
/// <param name="comparison">How segments are compared.</param>
/// <param name="hasVerbs">A colon separates a verb from a name, so a name has none.</param>
internal sealed class EndpointNode(StringComparison comparison, bool hasVerbs)
{
    private readonly List<KeyValuePair<string, EndpointNode>> _literals = [];
    private readonly List<KeyValuePair<string, EndpointNode>> _verbs = [];
    private EndpointNode? _name;
    private bool _isCatchAll;

    /// <summary>The endpoints whose path ends here, at most one for a method.</summary>
    public List<ProviderEndpoint> Endpoints { get; } = [];

    /// <summary>The place that a template leads to, made when it is not there.</summary>
    public EndpointNode Grow(string segment)
    {
        switch (segment)
        {
            case "{**rest}":
                _isCatchAll = true;
                return this;
            case ['{', .., '}']:
                return _name ??= new(comparison, hasVerbs);
            case ['{', ..]:
                return Grow(_verbs, segment[(segment.IndexOf(':', StringComparison.Ordinal) + 1)..]);
            default:
                return Grow(_literals, segment);
        }
    }

    /// <summary>True when a path of the API begins with this segment.</summary>
    public bool Begins(ReadOnlySpan<char> segment) => Find(_literals, segment) is not null;

    /// <summary>The place that the rest of a path leads to, or null when no endpoint is there.</summary>
    /// <param name="rest">Empty, or a slash and what follows it.</param>
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

    /// <summary>The endpoint of a method here, or null.</summary>
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

    private EndpointNode Grow(List<KeyValuePair<string, EndpointNode>> nodes, string segment)
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
