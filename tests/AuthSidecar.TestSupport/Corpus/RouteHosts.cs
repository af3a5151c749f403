namespace AuthSidecar.TestSupport.Corpus;

/// <summary>
/// Hosts that stand for routes: each set of context extensions has its own host, so that every transport can distinguish them.
/// </summary>
internal static class RouteHosts
{
    public const string CloserExtension = "ws_closer";

    private static readonly Lazy<List<(string Key, IReadOnlyDictionary<string, string> Extensions)>> _sets = new(() =>
        [.. CorpusFiles.Cases.Select(one => one.Extensions).DistinctBy(Key).Select(set => (Key(set), set))]
    );

    /// <summary>Every set of the corpus with its host; the empty set applies to all other hosts.</summary>
    public static IEnumerable<(string Host, IReadOnlyDictionary<string, string> Extensions)> All =>
        _sets.Value.Where(set => set.Extensions.Count > 0).Select(set => (Host(set.Key), set.Extensions));

    /// <summary>The default destination of a route with these extensions.</summary>
    public static bool LeadToCloser(IReadOnlyDictionary<string, string> extensions) =>
        extensions.GetValueOrDefault(CloserExtension) == "true";

    public static string Of(Case one) => one.Extensions.Count == 0 ? "cases.test" : Host(Key(one.Extensions));

    private static string Host(string key) => $"route-{_sets.Value.FindIndex(set => set.Key == key)}.cases.test";

    private static string Key(IReadOnlyDictionary<string, string> extensions) =>
        string.Join('\n', extensions.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={pair.Value}"));
}
