using System.Globalization;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Sums of days as charts and totals. What has no known cost is drawn by requests.</summary>
/// <param name="Days">In ascending order; days without requests may be absent.</param>
internal sealed record UsageFigures(IReadOnlyList<UsageSum> Days)
{
    private const decimal MicrosPerUnit = 1_000_000m;
    private const int MostRows = 8;

    public static UsageFigures None { get; } = new([]);

    public bool IsEmpty => Requests == 0;

    /// <summary>Whether costs are drawn.</summary>
    public bool IsPriced => Days.Any(day => day.CostMicroUsd is not null);

    public long Requests => Days.Sum(day => day.Requests);
    public long InputTokens => Days.Sum(day => day.InputTokens);
    public long OutputTokens => Days.Sum(day => day.OutputTokens);
    public long ReasoningTokens => Days.Sum(day => day.ReasoningTokens);
    public long? CostMicros => IsPriced ? Days.Sum(day => day.CostMicroUsd) : null;

    /// <summary>"61 % from cache"; null if nothing is.</summary>
    public string? CacheNote
    {
        get
        {
            var cached = Days.Sum(day => day.CachedReadTokens);

            // Some providers count cached tokens beside the input, not in it.
            return cached == 0 ? null : $"{Formats.Percent(cached, cached > InputTokens ? cached + InputTokens : InputTokens)} from cache";
        }
    }

    /// <summary>"1.1 M of it reasoning"; null if nothing is.</summary>
    public string? ReasoningNote => ReasoningTokens == 0 ? null : $"{Formats.Compact(ReasoningTokens)} of it reasoning";

    public DayChart ByDay(DaysOption range)
    {
        var byDay = Days.ToDictionary(day => day.Group!, StringComparer.Ordinal);
        return new(
            IsPriced ? "Cost by day" : "Requests by day",
            ValueName,
            [
                .. range
                    .All()
                    .Select(day =>
                        byDay.GetValueOrDefault(UsageQuery.Text(day)) is { } sum
                            ? new DayBar(day, Value(sum), Text(sum))
                            : new DayBar(day, 0, IsPriced ? Formats.Money(0) : "0")
                    ),
            ]
        );
    }

    /// <summary>The largest first; those beyond eight are one row.</summary>
    public Ranking ByModel(IReadOnlyList<UsageSum> models)
    {
        var ordered = models.OrderByDescending(model => Value(model) ?? -1).ThenByDescending(model => model.Requests).ToList();
        var rows = ordered
            .Take(MostRows)
            .Select(model => new RankingRow(model.Group ?? "unknown model", Value(model), Text(model)))
            .ToList();
        if (ordered.Count > MostRows)
        {
            var rest = ordered.Skip(MostRows).ToList();
            var value = rest.Sum(model => Value(model) ?? 0);
            rows.Add(
                new(
                    Formats.Count(rest.Count, "other model"),
                    value,
                    IsPriced ? Formats.Money(value) : value.ToString("N0", CultureInfo.InvariantCulture)
                )
            );
        }

        return new("By model", "Model", ValueName, rows);
    }

    private string ValueName => IsPriced ? "Cost" : "Requests";

    private decimal? Value(UsageSum sum) => IsPriced ? sum.CostMicroUsd / MicrosPerUnit : sum.Requests;

    private string Text(UsageSum sum) => IsPriced ? Formats.MoneyOfMicros(sum.CostMicroUsd) : Formats.Number(sum.Requests);
}
