using System.Linq.Expressions;
using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Reports;

/// <summary>Adds the sums of days up, by whatever is asked for: as fast with millions of requests as with few.</summary>
internal sealed class SumUsage(Store store)
{
    private static readonly DateOnly _epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <returns>Days in their order; of all others the dearest first, then those with the most requests.</returns>
    public async Task<List<UsageSum>> RunAsync(UsageQuery query, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var (first, last) = (DayOf(query.From), DayOf(query.To));
        var days = context.UsageDays.AsNoTracking().Where(day => day.Day >= first && day.Day <= last);
        if (query.By == UsageGroup.Day)
        {
            var byDay = await Sum(days.GroupBy(day => day.Day)).ToListAsync(cancellationToken);
            return [.. byDay.OrderBy(sum => sum.Key).Select(sum => sum.Named(UsageQuery.Text(_epoch.AddDays(sum.Key))))];
        }

        var sums = await Sum(days.GroupBy(KeyOf(query.By))).ToListAsync(cancellationToken);
        return [.. sums
            .Select(sum => sum.Named(sum.Key.Length > 0 ? sum.Key : null))
            .OrderByDescending(sum => sum.CostMicroUsd ?? -1).ThenByDescending(sum => sum.Requests).ThenBy(sum => sum.Group, StringComparer.Ordinal)];
    }

    private static int DayOf(DateOnly date) => date.DayNumber - _epoch.DayNumber;

    private static Expression<Func<UsageDay, string>> KeyOf(UsageGroup group) => group switch
    {
        UsageGroup.Model => day => day.Model,
        UsageGroup.Key => day => day.KeyId,
        UsageGroup.User => day => day.UserId,
        UsageGroup.Tenant => day => day.Tenant,
        UsageGroup.Provider => day => day.Provider,
        _ => throw new ArgumentOutOfRangeException(nameof(group)),
    };

    private static IQueryable<Sums<TKey>> Sum<TKey>(IQueryable<IGrouping<TKey, UsageDay>> groups) => groups.Select(group => new Sums<TKey>
    {
        Key = group.Key,
        Requests = group.Sum(day => day.Requests),
        Priced = group.Sum(day => day.Priced),
        InputTokens = group.Sum(day => day.InputTokens),
        OutputTokens = group.Sum(day => day.OutputTokens),
        CachedReadTokens = group.Sum(day => day.CachedReadTokens),
        CachedWriteTokens = group.Sum(day => day.CachedWriteTokens),
        ReasoningTokens = group.Sum(day => day.ReasoningTokens),
        CostMicros = group.Sum(day => day.CostMicros),
    });

    private sealed class Sums<TKey>
    {
        public required TKey Key { get; init; }
        public long Requests { get; init; }
        public long Priced { get; init; }
        public long InputTokens { get; init; }
        public long OutputTokens { get; init; }
        public long CachedReadTokens { get; init; }
        public long CachedWriteTokens { get; init; }
        public long ReasoningTokens { get; init; }
        public long CostMicros { get; init; }

        public UsageSum Named(string? group) =>
            new(group, Requests, InputTokens, OutputTokens, CachedReadTokens, CachedWriteTokens, ReasoningTokens, Priced > 0 ? CostMicros : null);
    }
}
