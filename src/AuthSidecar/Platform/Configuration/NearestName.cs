namespace AuthSidecar.Platform.Configuration;

/// <summary>Finds the known name nearest to an unknown one.</summary>
internal static class NearestName
{
    private const int ListedAtMost = 12;

    /// <summary>"; did you mean X?", or the list of known names, or nothing.</summary>
    public static string Hint(string name, IEnumerable<string> known)
    {
        var names = known.ToList();
        return Guess(name, names) is { Length: > 0 } guess ? guess
            : names.Count is > 0 and <= ListedAtMost ? $"; known here: {string.Join(", ", names)}"
            : "";
    }

    /// <summary>"; did you mean X?" or nothing.</summary>
    public static string Guess(string name, IEnumerable<string> known)
    {
        var nearest = known
            .Select(candidate => (candidate, Distance: Distance(name.ToUpperInvariant(), candidate.ToUpperInvariant())))
            .Where(pair => pair.Distance <= Math.Max(1, Math.Max(name.Length, pair.candidate.Length) / 3))
            .OrderBy(pair => pair.Distance)
            .Select(pair => pair.candidate)
            .FirstOrDefault();

        return nearest is null ? "" : $"; did you mean {nearest}?";
    }

    /// <summary>Damerau-Levenshtein distance: insertions, deletions, replacements and swaps of neighbours.</summary>
    private static int Distance(string a, string b)
    {
        var cost = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    cost[i, j] = i + j;
                    continue;
                }

                var replace = cost[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replace, 1 + Math.Min(cost[i - 1, j], cost[i, j - 1]));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    cost[i, j] = Math.Min(cost[i, j], 1 + cost[i - 2, j - 2]);
                }
            }
        }

        return cost[a.Length, b.Length];
    }
}
