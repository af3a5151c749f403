using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>Adds up the rows of one policy, which the daily sums do not name.</summary>
internal static class SumRows
{
    public static async Task<List<UsageSum>> ReadAsync(SidecarDbContext context, UsageQuery query, CancellationToken cancellationToken)
    {
        var sums = new Dictionary<string, UsageSum>(StringComparer.Ordinal);
        var rows = new RowFilter(query.UserId, query.KeyId, query.Policy).Of(ListRequests.Within(context, query.From, query.To));
        await foreach (var row in rows.AsAsyncEnumerable().WithCancellation(cancellationToken))
        {
            var group = GroupOf(row, query.By) ?? "";
            var sum = sums.GetValueOrDefault(group) ?? new(group.Length > 0 ? group : null, 0, 0, 0, 0, 0, 0, null);
            sums[group] = sum with
            {
                Requests = sum.Requests + (row.Requests ?? 1),
                InputTokens = sum.InputTokens + (row.InputTokens ?? 0),
                OutputTokens = sum.OutputTokens + (row.OutputTokens ?? 0),
                CachedReadTokens = sum.CachedReadTokens + (row.CachedReadTokens ?? 0),
                CachedWriteTokens = sum.CachedWriteTokens + (row.CachedWriteTokens ?? 0),
                ReasoningTokens = sum.ReasoningTokens + (row.ReasoningTokens ?? 0),
                CostMicroUsd = row.CostMicros is { } cost ? (sum.CostMicroUsd ?? 0) + cost : sum.CostMicroUsd,
            };
        }

        return [.. sums.Values];
    }

    private static string? GroupOf(UsageRow row, UsageGroup by) =>
        by switch
        {
            UsageGroup.Day => UsageQuery.Text(DateOnly.FromDateTime(row.Time.UtcDateTime)),
            UsageGroup.Model => row.Model,
            UsageGroup.Key => row.KeyId,
            UsageGroup.User => row.UserId,
            UsageGroup.Tenant => row.Tenant,
            UsageGroup.Provider => row.Provider,
            _ => throw new ArgumentOutOfRangeException(nameof(by)),
        };
}

/// <summary>Limits of rows; a null member admits all.</summary>
internal sealed record RowFilter(string? UserId, string? KeyId, string? Policy)
{
    public static RowFilter None { get; } = new(null, null, null);

    public IQueryable<UsageRow> Of(IQueryable<UsageRow> rows)
    {
        rows = UserId is { } user ? rows.Where(row => row.UserId == user) : rows;
        rows = KeyId is { } key ? rows.Where(row => row.KeyId == key) : rows;
        return Policy is { } policy ? rows.Where(row => row.Policy == policy) : rows;
    }
}
