using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Shared;

/// <summary>Reads pages.</summary>
internal static class Pages
{
    /// <param name="all">The items that match the filter.</param>
    /// <param name="rest">Those of them after the position, in order.</param>
    /// <param name="filter">Its <see cref="ListFilter.Take"/> limits the page.</param>
    /// <param name="position">Sort values of an item, which no other item has.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public static async Task<Page<T>> ReadAsync<T>(
        IQueryable<T> all,
        IQueryable<T> rest,
        ListFilter filter,
        Func<T, string> position,
        CancellationToken cancellationToken
    )
    {
        // One more shows whether there is a next page.
        var items = await (filter.Take is { } take ? rest.Take(take + 1) : rest).ToListAsync(cancellationToken);
        var hasMore = items.Count > filter.Take;
        if (hasMore)
        {
            items.RemoveAt(items.Count - 1);
        }

        var total = filter.After is null && !hasMore ? items.Count : await all.CountAsync(cancellationToken);
        return new(items, total, hasMore ? position(items[^1]) : null);
    }
}
