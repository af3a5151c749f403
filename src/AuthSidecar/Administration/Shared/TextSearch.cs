using System.Linq.Expressions;
using Microsoft.EntityFrameworkCore.Query;

namespace AuthSidecar.Administration.Shared;

internal static class TextSearch
{
    /// <summary>Items with this text in one of their columns, in any case of ASCII letters.</summary>
    /// <param name="items">A table.</param>
    /// <param name="search">In lower case; null: all items.</param>
    /// <param name="columns">May be null in the store.</param>
    public static IQueryable<T> Containing<T>(this IQueryable<T> items, string? search, params Expression<Func<T, string>>[] columns)
    {
        if (search is null)
        {
            return items;
        }

#pragma warning disable CA1862 // A database has no StringComparison.
        Expression<Func<string, bool>> contains = text => text.ToLower().Contains(search);
#pragma warning restore CA1862
        var item = Expression.Parameter(typeof(T));
        var any = columns
            .Select(column => ReplacingExpressionVisitor.Replace(column.Parameters[0], item, column.Body))
            .Select(column => ReplacingExpressionVisitor.Replace(contains.Parameters[0], column, contains.Body))
            .Aggregate(Expression.OrElse);
        return items.Where(Expression.Lambda<Func<T, bool>>(any, item));
    }

    /// <summary>As <see cref="Containing"/>, of text in memory.</summary>
    public static bool Contains(string? text, string? search) =>
        search is null || (text is not null && Lower(text).Contains(search, StringComparison.Ordinal));

    /// <summary>Lowers ASCII letters only, as both stores do.</summary>
    public static string Lower(string text) =>
        string.Concat(text.Select(letter => char.IsAsciiLetterUpper(letter) ? char.ToLowerInvariant(letter) : letter));
}
