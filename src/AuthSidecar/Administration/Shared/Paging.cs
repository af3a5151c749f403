using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Shared;

/// <summary>Reads pages.</summary>
internal static class Paging
{
    /// <param name="all">The items that match the filter.</param>
    /// <param name="rest">Those of them after the position, in order.</param>
    /// <param name="filter">Its <see cref="ListFilter.Take"/> limits the page.</param>
    /// <param name="position">Sort values of an item, which no other item has.</param>
    /// <param name="cancellationToken">Cancels the queries.</param>
    public static async Task<Page<T>> ReadAsync<TAll, T>(
        IQueryable<TAll> all,
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

    /// <summary>Sorts and divides a list that is in memory.</summary>
    /// <param name="all">The items that match the filter.</param>
    /// <param name="filter">Its <see cref="ListFilter.Take"/> limits the page.</param>
    /// <param name="after">The position after which the page begins; null: the beginning.</param>
    /// <param name="position">Sort values of an item, as many of each, which no other item has.</param>
    public static Page<T> Of<T>(IReadOnlyList<T> all, ListFilter filter, IReadOnlyList<string>? after, Func<T, string[]> position)
    {
        var rest = all.Select(item => (Item: item, Position: position(item)))
            .Where(one => after is null || Compare(one.Position, after) > 0)
            .Order(Comparer<(T Item, string[] Position)>.Create((one, other) => Compare(one.Position, other.Position)))
            .ToList();
        var page = rest.Take(filter.Take ?? rest.Count).ToList();
        return new([.. page.Select(one => one.Item)], all.Count, page.Count < rest.Count ? Cursor.Of(page[^1].Position) : null);
    }

    private static int Compare(IReadOnlyList<string> one, IReadOnlyList<string> other) =>
        one.Zip(other, string.CompareOrdinal).FirstOrDefault(order => order != 0);
}
