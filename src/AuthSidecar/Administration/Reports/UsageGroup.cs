namespace AuthSidecar.Administration.Reports;

/// <summary>The group by which requests are summed.</summary>
internal enum UsageGroup
{
    Day,
    Model,
    Key,
    User,
    Tenant,
    Provider,
}

internal static class UsageGroups
{
    private static readonly Dictionary<string, UsageGroup> _byWord = Enum.GetValues<UsageGroup>()
        .ToDictionary(ToWord, StringComparer.Ordinal);

    /// <summary>Names of the groups in queries and commands, in the order of the documentation.</summary>
    public static IReadOnlyList<string> Words { get; } = [.. Enum.GetValues<UsageGroup>().Select(ToWord)];

    /// <returns>Null: no group has this name.</returns>
    public static UsageGroup? Find(string word) => _byWord.TryGetValue(word, out var group) ? group : null;

    private static string ToWord(UsageGroup group) => group.ToString().ToLowerInvariant();
}
