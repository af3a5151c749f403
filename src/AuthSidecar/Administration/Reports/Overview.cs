using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Requests, cost, refusals and warnings at a glance.</summary>
internal sealed class Overview(Store store, SumUsage sums, OverviewWarnings warnings, TimeProvider time)
{
    public const int Usual = 30;
    public const int Most = 365;

    private const int Top = 10;

    /// <param name="days">1 to 365, including today; null: 30.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public async Task<Outcome<OverviewDocument>> RunAsync(int? days, CancellationToken cancellationToken)
    {
        var count = days ?? Usual;
        if (count is < 1 or > Most)
        {
            return Refusal.Invalid($"days is 1 to {Most}, not {count}.");
        }

        var now = Instant.Now(time);
        var today = DateOnly.FromDateTime(now.UtcDateTime);
        var first = today.AddDays(1 - count);
        var byDay = await SumAsync(UsageGroup.Day);
        var (users, models, keys) = (await SumAsync(UsageGroup.User), await SumAsync(UsageGroup.Model), await SumAsync(UsageGroup.Key));
        await using var context = store.Open();
        var topUsers = await NamedAsync(users, ids =>
            context.Users.Where(user => ids.Contains(user.Id)).Select(user => new Named(user.Id, user.Name))
        );
        var topKeys = await NamedAsync(keys, ids =>
            context.ApiKeys.Where(key => ids.Contains(key.Id)).Select(key => new Named(key.Id, key.Name))
        );
        var since = new DateTimeOffset(first, TimeOnly.MinValue, TimeSpan.Zero);
        var firstDay = first.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
        return new OverviewDocument(
            count,
            first,
            today,
            byDay.Sum(day => day.Requests),
            byDay.Any(day => day.CostMicroUsd is not null) ? byDay.Sum(day => day.CostMicroUsd ?? 0) : null,
            byDay,
            topUsers,
            [.. models.Take(Top).Select(sum => new NamedSum(sum.Group, null, sum.Requests, sum.CostMicroUsd))],
            topKeys,
            await RefusalsAsync(context, since, cancellationToken),
            since,
            await warnings.ReadAsync(context, firstDay, now, cancellationToken),
            await context.Users.CountAsync(user => user.Status != UserStatus.Deleted, cancellationToken),
            await KeyStatuses.InForce(context.ApiKeys, now).CountAsync(cancellationToken),
            await context.Prices.CountAsync(cancellationToken),
            await context.Budgets.CountAsync(cancellationToken)
        );

        Task<List<UsageSum>> SumAsync(UsageGroup by) => sums.RunAsync(new(by, first, today), cancellationToken);

        async Task<IReadOnlyList<NamedSum>> NamedAsync(List<UsageSum> all, Func<List<string>, IQueryable<Named>> read)
        {
            var top = all.Take(Top).ToList();
            var ids = top.Select(sum => sum.Group).OfType<string>().ToList();
            var names = await read(ids).ToDictionaryAsync(named => named.Id, named => named.Name, cancellationToken);
            return
            [
                .. top.Select(sum => new NamedSum(
                    sum.Group,
                    sum.Group is { } id ? names.GetValueOrDefault(id) : null,
                    sum.Requests,
                    sum.CostMicroUsd
                )),
            ];
        }
    }

    private static async Task<List<RefusalCount>> RefusalsAsync(
        SidecarDbContext context,
        DateTimeOffset since,
        CancellationToken cancellationToken
    )
    {
        var counts = await context
            .Usage.Where(row => row.Time >= since && row.Decision == "deny")
            .GroupBy(row => row.Reason)
            .Select(group => new { Reason = group.Key, Requests = group.Sum(row => row.Requests ?? 1) })
            .ToListAsync(cancellationToken);
        return
        [
            .. counts
                .Select(count => new RefusalCount(count.Reason ?? "", count.Requests))
                .OrderByDescending(count => count.Requests)
                .ThenBy(count => count.Reason, StringComparer.Ordinal),
        ];
    }

    private sealed record Named(string Id, string? Name);
}
