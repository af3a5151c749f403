using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Sums of the requests of one person.</summary>
/// <param name="RequestCount">Requests, including refused ones.</param>
/// <param name="PromptTokens">Input tokens.</param>
/// <param name="CompletionTokens">Output tokens.</param>
/// <param name="TotalTokens">Both.</param>
/// <param name="Cost">In the currency of the settings; null: no cost is known, unlike 0.</param>
internal sealed record UsageTotals(long RequestCount, long PromptTokens, long CompletionTokens, long TotalTokens, decimal? Cost)
{
    private const decimal Micros = 1_000_000;

    public static UsageTotals Of(UsageSum sum) =>
        new(sum.Requests, sum.InputTokens, sum.OutputTokens, sum.InputTokens + sum.OutputTokens, sum.CostMicroUsd / Micros);
}

/// <param name="Since">First day (UTC) of the sums: older usage is deleted.</param>
internal sealed record UsageSummary(
    long RequestCount,
    long PromptTokens,
    long CompletionTokens,
    long TotalTokens,
    decimal? Cost,
    string Since
);

/// <param name="Day">UTC, as 2026-01-31.</param>
internal sealed record DayTotals(string Day, long RequestCount, long PromptTokens, long CompletionTokens, long TotalTokens, decimal? Cost);

/// <param name="Model">Null: unknown.</param>
internal sealed record ModelTotals(
    string? Model,
    long RequestCount,
    long PromptTokens,
    long CompletionTokens,
    long TotalTokens,
    decimal? Cost
);

/// <param name="KeyId">Null: without a key.</param>
/// <param name="Name">Name of the key.</param>
internal sealed record KeyTotals(
    string? KeyId,
    string? Name,
    long RequestCount,
    long PromptTokens,
    long CompletionTokens,
    long TotalTokens,
    decimal? Cost
);

/// <summary>Sums of one person's usage, for the person and for admins.</summary>
internal sealed class OwnUsage(Store store, SumUsage sums, UsageOptions options, TimeProvider time)
{
    public const int UsualDays = 30;
    public const int MostDays = 365;

    private DateOnly Today => DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);

    /// <summary>The sum over all days that are kept.</summary>
    public async Task<UsageSummary> SummaryAsync(string userId, CancellationToken cancellationToken)
    {
        var since = Today.AddDays(-options.RetentionDays);
        var found = await SumAsync(userId, UsageGroup.User, since, cancellationToken);
        var all = found.Count == 0 ? new(0, 0, 0, 0, 0) : UsageTotals.Of(found[0]);
        return new(all.RequestCount, all.PromptTokens, all.CompletionTokens, all.TotalTokens, all.Cost, UsageQuery.Text(since));
    }

    /// <param name="userId">The person.</param>
    /// <param name="days">1 to <see cref="MostDays"/>, with today.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>One item for each day, the oldest first.</returns>
    public async Task<IReadOnlyList<DayTotals>> ByDayAsync(string userId, int days, CancellationToken cancellationToken)
    {
        var first = FirstOf(days);
        var found = (await SumAsync(userId, UsageGroup.Day, first, cancellationToken)).ToDictionary(sum => sum.Group!, UsageTotals.Of);
        return
        [
            .. Enumerable
                .Range(0, days)
                .Select(offset => UsageQuery.Text(first.AddDays(offset)))
                .Select(day =>
                {
                    var sum = found.GetValueOrDefault(day) ?? new(0, 0, 0, 0, 0);
                    return new DayTotals(day, sum.RequestCount, sum.PromptTokens, sum.CompletionTokens, sum.TotalTokens, sum.Cost);
                }),
        ];
    }

    /// <returns>By descending number of requests, then by name.</returns>
    public async Task<IReadOnlyList<ModelTotals>> ByModelAsync(string userId, int days, CancellationToken cancellationToken) =>
        [
            .. (await ByCountAsync(userId, UsageGroup.Model, days, cancellationToken)).Select(row => new ModelTotals(
                row.Group,
                row.Sum.RequestCount,
                row.Sum.PromptTokens,
                row.Sum.CompletionTokens,
                row.Sum.TotalTokens,
                row.Sum.Cost
            )),
        ];

    /// <returns>By descending number of requests, then by id.</returns>
    public async Task<IReadOnlyList<KeyTotals>> ByKeyAsync(string userId, int days, CancellationToken cancellationToken)
    {
        var rows = await ByCountAsync(userId, UsageGroup.Key, days, cancellationToken);
        await using var context = store.Open();
        var names = await context
            .ApiKeys.AsNoTracking()
            .Where(key => key.UserId == userId)
            .ToDictionaryAsync(key => key.Id, key => key.Name, cancellationToken);
        return
        [
            .. rows.Select(row => new KeyTotals(
                row.Group,
                row.Group is { } id ? names.GetValueOrDefault(id) : null,
                row.Sum.RequestCount,
                row.Sum.PromptTokens,
                row.Sum.CompletionTokens,
                row.Sum.TotalTokens,
                row.Sum.Cost
            )),
        ];
    }

    private DateOnly FirstOf(int days) => Today.AddDays(1 - days);

    private async Task<IEnumerable<(string? Group, UsageTotals Sum)>> ByCountAsync(
        string userId,
        UsageGroup by,
        int days,
        CancellationToken cancellationToken
    ) =>
        (await SumAsync(userId, by, FirstOf(days), cancellationToken))
            .OrderByDescending(sum => sum.Requests)
            .ThenBy(sum => sum.Group, StringComparer.Ordinal)
            .Select(sum => (sum.Group, UsageTotals.Of(sum)));

    private Task<List<UsageSum>> SumAsync(string userId, UsageGroup by, DateOnly first, CancellationToken cancellationToken) =>
        sums.RunAsync(new(by, first, Today) { UserId = userId }, cancellationToken);
}
