using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Adds up daily sums by a group, so that the duration does not depend on the number of requests.</summary>
internal sealed class SumUsage(Store store)
{
    private static readonly DateOnly _epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <returns>Days in chronological order; other groups by descending cost, then by descending number of requests.</returns>
    public async Task<List<UsageSum>> RunAsync(UsageQuery query, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var sums = query.Policy is null
            ? await ReadAsync(context.UsageDays.AsNoTracking(), query, cancellationToken)
            : await SumRows.ReadAsync(context, query, cancellationToken);
        return query.By == UsageGroup.Day
            ? [.. sums.OrderBy(sum => sum.Group, StringComparer.Ordinal)]
            :
            [
                .. sums.OrderByDescending(sum => sum.CostMicroUsd ?? -1)
                    .ThenByDescending(sum => sum.Requests)
                    .ThenBy(sum => sum.Group, StringComparer.Ordinal),
            ];
    }

    private static Task<List<UsageSum>> ReadAsync(IQueryable<UsageDay> all, UsageQuery query, CancellationToken cancellationToken)
    {
        var (first, last) = (DayOf(query.From), DayOf(query.To));
        var days = all.Where(day => day.Day >= first && day.Day <= last);
        if (query.UserId is { } userId)
        {
            days = days.Where(day => day.UserId == userId);
        }

        if (query.KeyId is { } keyId)
        {
            days = days.Where(day => day.KeyId == keyId);
        }

        days = query.Filter?.Of(days) ?? days;
        return query.By switch
        {
            UsageGroup.Day => ReadAsync(days.GroupBy(day => day.Day), day => UsageQuery.Text(_epoch.AddDays(day)), cancellationToken),

            // Grouped in the order of SQLite's index, which saves a sort; the days are added up here.
            UsageGroup.Provider => ReadAsync(days.GroupBy(day => new { day.Day, day.Provider }), key => key.Provider, cancellationToken),
            UsageGroup.Model => ReadAsync(
                days.GroupBy(day => new
                {
                    day.Day,
                    day.Provider,
                    day.Model,
                }),
                key => key.Model,
                cancellationToken
            ),
            UsageGroup.Key => ReadAsync(days.GroupBy(day => day.KeyId), id => id, cancellationToken),
            UsageGroup.User => ReadAsync(days.GroupBy(day => day.UserId), id => id, cancellationToken),
            UsageGroup.Tenant => ReadAsync(days.GroupBy(day => day.Tenant), id => id, cancellationToken),
            _ => throw new ArgumentOutOfRangeException(nameof(query)),
        };
    }

    private static int DayOf(DateOnly date) => date.DayNumber - _epoch.DayNumber;

    private static async Task<List<UsageSum>> ReadAsync<TKey>(
        IQueryable<IGrouping<TKey, UsageDay>> groups,
        Func<TKey, string> name,
        CancellationToken cancellationToken
    )
    {
        var sums = await groups
            .Select(group => new
            {
                group.Key,
                Requests = group.Sum(day => day.Requests),
                Priced = group.Sum(day => day.Priced),
                InputTokens = group.Sum(day => day.InputTokens),
                OutputTokens = group.Sum(day => day.OutputTokens),
                CachedReadTokens = group.Sum(day => day.CachedReadTokens),
                CachedWriteTokens = group.Sum(day => day.CachedWriteTokens),
                ReasoningTokens = group.Sum(day => day.ReasoningTokens),
                CostMicros = group.Sum(day => day.CostMicros),
            })
            .ToListAsync(cancellationToken);
        return
        [
            .. sums.GroupBy(sum => name(sum.Key), StringComparer.Ordinal)
                .Select(group => new UsageSum(
                    group.Key.Length > 0 ? group.Key : null,
                    group.Sum(sum => sum.Requests),
                    group.Sum(sum => sum.InputTokens),
                    group.Sum(sum => sum.OutputTokens),
                    group.Sum(sum => sum.CachedReadTokens),
                    group.Sum(sum => sum.CachedWriteTokens),
                    group.Sum(sum => sum.ReasoningTokens),
                    group.Any(sum => sum.Priced > 0) ? group.Sum(sum => sum.CostMicros) : null
                )),
        ];
    }
}
