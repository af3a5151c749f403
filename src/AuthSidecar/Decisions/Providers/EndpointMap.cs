namespace AuthSidecar.Decisions.Providers;

/// <summary>
/// Finds the endpoint of a path behind any route prefix. The API path begins at the first version segment (<c>v1</c>, <c>v1beta</c>) that
/// is followed by a collection of the dialect, or, in a path without a version, at the first collection. The complete rest must match, so a
/// path of another collection that merely ends like an endpoint is not matched. A collection missing from the tables is indistinguishable
/// from a prefix.
/// </summary>
internal sealed class EndpointMap
{
    private static readonly EndpointMap _openAi = new(OpenAiEndpoints.All, OpenAiEndpoints.Others, StringComparison.Ordinal);
    private static readonly EndpointMap _anthropic = new(AnthropicEndpoints.All, AnthropicEndpoints.Others, StringComparison.Ordinal);
    private static readonly EndpointMap _gemini = new(
        GeminiEndpoints.All,
        GeminiEndpoints.Others,
        StringComparison.Ordinal,
        hasVerbs: true
    );
    private static readonly EndpointMap _copilot = new(CopilotEndpoints.All, CopilotEndpoints.Others, StringComparison.Ordinal);

    // Azure matches paths case-insensitively.
    private static readonly EndpointMap _azure = new(AzureEndpoints.All, AzureEndpoints.Others, StringComparison.OrdinalIgnoreCase);

    private const string Digits = "0123456789";

    private readonly EndpointNode _root;

    private EndpointMap(
        IEnumerable<ProviderEndpoint> endpoints,
        IEnumerable<string> others,
        StringComparison comparison,
        bool hasVerbs = false
    )
    {
        _root = new(comparison, hasVerbs);
        foreach (var endpoint in endpoints)
        {
            var node = _root;
            foreach (var segment in endpoint.Template.Split('/').Skip(1).SkipWhile(segment => IsVersion(segment)))
            {
                node = node.GetOrAdd(segment);
            }

            node.Endpoints.Add(endpoint);
        }

        foreach (var other in others)
        {
            _root.GetOrAdd(other);
        }
    }

    public static EndpointMap Of(Dialect dialect) =>
        dialect switch
        {
            Dialect.Openai => _openAi,
            Dialect.Anthropic => _anthropic,
            Dialect.Gemini => _gemini,
            Dialect.Copilot => _copilot,
            Dialect.AzureOpenai => _azure,
            _ => throw new ArgumentOutOfRangeException(nameof(dialect)),
        };

    /// <param name="method">As in <see cref="ProviderEndpoint.Method"/>.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public EndpointMatch Find(string method, ReadOnlySpan<char> path)
    {
        var rest = Api(path);
        return rest.IsEmpty || _root.Find(rest) is not { } node ? default : new(node, node.For(method == "HEAD" ? "GET" : method));
    }

    // "v1", "v1beta", "v1alpha2".
    private static bool IsVersion(ReadOnlySpan<char> segment)
    {
        if (segment.Length < 2 || (segment[0] | 0x20) != 'v' || !char.IsAsciiDigit(segment[1]))
        {
            return false;
        }

        var rest = segment[1..].TrimStart(Digits);
        return rest.IsEmpty || rest.TrimEnd(Digits) is "beta" or "alpha";
    }

    // From the slash after the version or before the first collection; empty without either.
    private ReadOnlySpan<char> Api(ReadOnlySpan<char> path)
    {
        ReadOnlySpan<char> first = default;
        var (isVersion, hasVersion) = (false, false);
        for (var rest = path; !rest.IsEmpty; )
        {
            var end = rest[1..].IndexOf('/') + 1;
            var segment = end > 0 ? rest[1..end] : rest[1..];
            if (isVersion && _root.HasLiteral(segment))
            {
                return rest;
            }

            isVersion = IsVersion(segment);
            hasVersion |= isVersion;
            if (first.IsEmpty && !hasVersion && _root.HasLiteral(segment))
            {
                first = rest;
            }

            rest = end > 0 ? rest[end..] : default;
        }

        return hasVersion ? default : first;
    }
}
