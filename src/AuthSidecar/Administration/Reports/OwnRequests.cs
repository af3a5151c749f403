using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <param name="From">The first day (UTC), included; rows are found by time, so a range bounds the duration.</param>
/// <param name="To">The last day (UTC), included.</param>
internal sealed record OwnRequestFilter(DateOnly From, DateOnly To) : ListFilter
{
    /// <summary>True: only refused requests.</summary>
    public bool IsRefused { get; init; }
}

/// <summary>The requests of one person: those of others are unknown.</summary>
internal sealed class OwnRequests(Store store, FindUsage find)
{
    /// <returns>The latest first.</returns>
    public async Task<Outcome<Page<UsageRow>>> ListAsync(string userId, OwnRequestFilter filter, CancellationToken cancellationToken)
    {
        if (filter.ReadByAge(out _, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var rows = Of(context, userId, filter.From, filter.To);
        if (filter.IsRefused)
        {
            rows = ListRequests.Refused(rows);
        }

        var (items, next) = await ListRequests.PageAsync(rows, filter, after, cancellationToken);
        var total = after is null && next is null ? items.Count : await rows.CountAsync(cancellationToken);
        return new Page<UsageRow>(items, total, next);
    }

    /// <summary>Number of refused requests.</summary>
    public async Task<int> CountRefusedAsync(string userId, DateOnly from, DateOnly to, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        return await ListRequests.Refused(Of(context, userId, from, to)).CountAsync(cancellationToken);
    }

    /// <param name="userId">The person.</param>
    /// <param name="decisionId">As for <see cref="FindUsage.ByIdAsync"/>.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>One refusal for unknown and for other people's.</returns>
    public async Task<Outcome<UsageRow>> FindAsync(string userId, string decisionId, CancellationToken cancellationToken)
    {
        var found = await find.ByIdAsync(decisionId, cancellationToken);
        return found.Refusal is null && found.Value.UserId == userId
            ? found
            : new Refusal(
                RefusalKind.NotFound,
                "unknown_decision",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"None of your requests has the decision id {decisionId}. It is the 32 hexadecimal digits of the answer's header "
                        + $"x-authsidecar-decision-id."
                )
            );
    }

    private static IQueryable<UsageRow> Of(SidecarDbContext context, string userId, DateOnly from, DateOnly to) =>
        ListRequests.Within(context, from, to).Where(row => row.UserId == userId);
}
