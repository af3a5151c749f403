using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Policies;

/// <summary>The limits of one glob of models; a null number sets none, and 0 lifts that of a policy.</summary>
internal sealed record ModelLimit(string Glob)
{
    public int? Permits { get; init; }
    public TimeSpan Window { get; init; }
    public long? Tokens { get; init; }
    public TimeSpan TokenWindow { get; init; }
    public int? Parallel { get; init; }

    public bool IsEmpty => this is { Permits: null, Tokens: null, Parallel: null };
}

/// <summary>A list of globs of which some have limits. Immutable.</summary>
internal sealed class ModelLimits
{
    private static readonly char[] _wildcards = ['*', '?'];

    private readonly ModelLimit[] _bySpecificity;

    private ModelLimits(IEnumerable<ModelLimit> globs) =>
        _bySpecificity = [
            .. globs
                .OrderByDescending(limit => LengthOfPrefix(limit.Glob))
                .ThenByDescending(limit => limit.Glob.Count(character => !_wildcards.Contains(character)))
                .ThenBy(limit => limit.Glob, StringComparer.Ordinal),
        ];

    /// <summary>The limits of a policy; null: no glob has one.</summary>
    public static ModelLimits? OfPolicy(NameList<ModelLimitOptions> globs) =>
        Of(globs.Select(glob => globs.ValueOf(glob) is { } options ? Of(glob, options) : new(glob)));

    /// <returns>Null: no glob has a limit.</returns>
    public static ModelLimits? Of(IEnumerable<ModelLimit> globs)
    {
        var all = globs.ToList();
        return all.TrueForAll(limit => limit.IsEmpty) ? null : new(all);
    }

    /// <summary>
    /// The limits of the most specific glob that matches (see <see cref="PolicyOptions.Models"/>); null: it has none, or no glob matches.
    /// </summary>
    public ModelLimit? Find(string model) =>
        Array.Find(_bySpecificity, limit => Glob.IsMatch(limit.Glob, model)) is { IsEmpty: false } found ? found : null;

    private static ModelLimit Of(string glob, ModelLimitOptions options) =>
        new(glob)
        {
            Permits = options.Permits > 0 ? options.Permits : null,
            Window = options.Window,
            Tokens = options.Tokens > 0 ? options.Tokens : null,
            TokenWindow = options.TokenWindow,
            Parallel = options.Parallel > 0 ? options.Parallel : null,
        };

    private static int LengthOfPrefix(string glob) => glob.IndexOfAny(_wildcards) is var wildcard and >= 0 ? wildcard : int.MaxValue;
}
