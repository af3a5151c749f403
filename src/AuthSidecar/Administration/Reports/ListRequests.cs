using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Reports;

/// <summary>How a request ended.</summary>
internal enum RequestEnd
{
    /// <summary>By a decision, or by closing its socket.</summary>
    Refused,

    /// <summary>The provider answered in full.</summary>
    Answered,

    /// <summary>The provider failed.</summary>
    Failed,

    /// <summary>The client left before the end of the answer.</summary>
    Interrupted,
}

/// <summary>A null member admits all requests.</summary>
/// <param name="From">The first day (UTC), included; rows are found by time, so a range bounds the duration.</param>
/// <param name="To">The last day (UTC), included.</param>
internal sealed record RequestFilter(DateOnly From, DateOnly To) : ListFilter
{
    public string? UserId { get; init; }
    public string? KeyId { get; init; }
    public string? App { get; init; }

    /// <summary>The model that was used or asked for.</summary>
    public string? Model { get; init; }

    public RequestEnd? End { get; init; }

    /// <summary>Error of the members that only this filter has, or null.</summary>
    public string? Error =>
        new[] { UserId, KeyId, App, Model }.Any(text => text is not null && !Rules.IsPrintable(text))
            ? "The values of filters must be printable."
            : null;
}

/// <summary>Requests of all users, the latest first.</summary>
internal sealed class ListRequests(Store store)
{
    /// <returns>Its total is that of the page: to count all rows would read them.</returns>
    public async Task<Outcome<Page<UsageRow>>> RunAsync(RequestFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Error is { } error)
        {
            return Refusal.Invalid(error);
        }

        if (filter.ReadByAge(out _, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var (items, next) = await PageAsync(Matching(context, filter), filter, after, cancellationToken);
        return new Page<UsageRow>(items, items.Count, next);
    }

    /// <summary>One page, and the cursor of the next.</summary>
    public static async Task<(IReadOnlyList<UsageRow> Items, string? Next)> PageAsync(
        IQueryable<UsageRow> rows,
        ListFilter filter,
        AgePosition? after,
        CancellationToken cancellationToken
    )
    {
        var rest = after is not { CreatedAt: var at, Id: var id }
            ? rows
            : rows.Where(row => row.Time < at || (row.Time == at && string.Compare(row.DecisionId, id) < 0));
        var take = filter.Take ?? FindUsage.Usual;
        var items = await rest.OrderByDescending(row => row.Time)
            .ThenByDescending(row => row.DecisionId)
            .Take(take + 1)
            .ToListAsync(cancellationToken);
        if (items.Count <= take)
        {
            return (items, null);
        }

        items.RemoveAt(take);
        return (items, Cursor.Of(items[^1].Time, items[^1].DecisionId));
    }

    public static IQueryable<UsageRow> Within(SidecarDbContext context, DateOnly from, DateOnly to)
    {
        var first = new DateTimeOffset(from, TimeOnly.MinValue, TimeSpan.Zero);
        var end = new DateTimeOffset(to.AddDays(1), TimeOnly.MinValue, TimeSpan.Zero);
        return context.Usage.AsNoTracking().Where(row => row.Time >= first && row.Time < end);
    }

    public static IQueryable<UsageRow> Refused(IQueryable<UsageRow> rows) =>
        rows.Where(row => row.Decision == "deny" || row.Decision == "close");

    private static IQueryable<UsageRow> Matching(SidecarDbContext context, RequestFilter filter)
    {
        var rows = Within(context, filter.From, filter.To);
        rows = filter.UserId is { } user ? rows.Where(row => row.UserId == user) : rows;
        rows = filter.KeyId is { } key ? rows.Where(row => row.KeyId == key) : rows;
        rows = filter.App is { } app ? rows.Where(row => row.App == app) : rows;
        rows = filter.Model is { } model ? rows.Where(row => row.Model == model || (row.Model == null && row.AskedModel == model)) : rows;
        return filter.End switch
        {
            null => rows,
            RequestEnd.Refused => Refused(rows),
            RequestEnd.Answered => Ended(rows, "complete", "no_usage"),
            RequestEnd.Failed => Ended(rows, "upstream_error"),
            _ => Ended(rows, "client_disconnect"),
        };
    }

    // A socket that was closed by a decision may have an outcome too.
    private static IQueryable<UsageRow> Ended(IQueryable<UsageRow> rows, params string[] outcomes) =>
        rows.Where(row => outcomes.Contains(row.Outcome) && (row.Decision == null || (row.Decision != "deny" && row.Decision != "close")));
}
