using System.Globalization;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Commands;

/// <summary>Formats usage as text.</summary>
internal static class UsageText
{
    private const decimal Micros = 1_000_000;

    public static TextTable Sums(UsageQuery query, IEnumerable<UsageSum> sums, Names names, string currency)
    {
        var isNamed = query.By is UsageGroup.User or UsageGroup.Key;
        string[] groups = isNamed ? [GroupOf(query), "NAME"] : [GroupOf(query)];
        var table = new TextTable([
            .. groups,
            "REQUESTS",
            "INPUT",
            "OUTPUT",
            "CACHED READ",
            "CACHED WRITE",
            "REASONING",
            $"COST {currency}",
        ]);
        foreach (var sum in sums)
        {
            string?[] group = isNamed ? [sum.Group, NameOf(query, names, sum.Group)] : [sum.Group];
            table.Add([
                .. group,
                Text(sum.Requests),
                Text(sum.InputTokens),
                Text(sum.OutputTokens),
                Text(sum.CachedReadTokens),
                Text(sum.CachedWriteTokens),
                Text(sum.ReasoningTokens),
                Money(sum.CostMicroUsd),
            ]);
        }

        return table;
    }

    private static string GroupOf(UsageQuery query) => query.By.ToString().ToUpperInvariant();

    private static string? NameOf(UsageQuery query, Names names, string? id) =>
        id is null ? null : (query.By == UsageGroup.User ? names.Users : names.Keys).GetValueOrDefault(id);

    public static TextTable Rows(IEnumerable<UsageRowDocument> rows, Names names, string currency)
    {
        var table = new TextTable(
            "TIME",
            "DECISION",
            "KEY",
            "KEY NAME",
            "USER",
            "POLICY",
            "MODEL",
            "DECIDED",
            "STATUS",
            "OUTCOME",
            "MS",
            "INPUT",
            "OUTPUT",
            $"COST {currency}",
            "PATH"
        );
        foreach (var row in rows)
        {
            table.Add(
                TextTable.Time(row.Time, ""),
                row.DecisionId,
                row.KeyId,
                names.Keys.GetValueOrDefault(row.KeyId ?? ""),
                names.User(row.UserId ?? ""),
                row.Policy,
                row.Model,
                DecidedOf(row),
                Text(row.Status),
                row.Outcome,
                Text(row.DurationMs),
                Text(row.InputTokens),
                Text(row.OutputTokens),
                Money(row.CostMicroUsd),
                row.Path
            );
        }

        return table;
    }

    private static string? DecidedOf(UsageRowDocument row)
    {
        var decided = string.IsNullOrEmpty(row.Reason) ? row.Decision : $"{row.Decision} {row.Reason}";
        return row.Requests is null ? decided : $"{decided} x{Text(row.Requests)}";
    }

    public static string? Money(long? micros) =>
        micros is { } known ? (known / Micros).ToString("0.00####", CultureInfo.InvariantCulture) : null;

    public static string? Text(long? number) => number?.ToString(CultureInfo.InvariantCulture);
}
