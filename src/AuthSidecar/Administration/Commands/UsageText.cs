using System.Globalization;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Commands;

/// <summary>Formats usage as text.</summary>
internal static class UsageText
{
    private const decimal Micros = 1_000_000;

    public static TextTable Sums(UsageQuery query, IEnumerable<UsageSum> sums, string currency)
    {
        var table = new TextTable(
            query.By.ToString().ToUpperInvariant(),
            "REQUESTS",
            "INPUT",
            "OUTPUT",
            "CACHED READ",
            "CACHED WRITE",
            "REASONING",
            $"COST {currency}"
        );
        foreach (var sum in sums)
        {
            table.Add(
                Plain(sum.Group),
                Text(sum.Requests),
                Text(sum.InputTokens),
                Text(sum.OutputTokens),
                Text(sum.CachedReadTokens),
                Text(sum.CachedWriteTokens),
                Text(sum.ReasoningTokens),
                Money(sum.CostMicroUsd)
            );
        }

        return table;
    }

    public static TextTable Rows(IEnumerable<UsageRowDocument> rows, string currency)
    {
        var table = new TextTable(
            "TIME",
            "DECISION",
            "KEY",
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
                Plain(row.KeyId),
                row.Policy,
                Plain(row.Model),
                DecidedOf(row),
                Text(row.Status),
                row.Outcome,
                Text(row.DurationMs),
                Text(row.InputTokens),
                Text(row.OutputTokens),
                Money(row.CostMicroUsd),
                Plain(row.Path)
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

    // Names chosen by clients and upstreams must not contain terminal control characters.
    public static string? Plain(string? text) =>
        text is null || !text.Any(char.IsControl) ? text : string.Concat(text.Select(letter => char.IsControl(letter) ? '?' : letter));
}
