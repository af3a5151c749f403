namespace AuthSidecar.Administration.Shared;

/// <summary>The part of a list that is wanted.</summary>
internal record ListFilter
{
    /// <summary>Most items of a page.</summary>
    public const int Most = 200;

    private const int LongestQuery = 128;

    /// <summary>Text within a name or an id, in any case of ASCII letters; null or blank: all.</summary>
    public string? Query { get; init; }

    /// <summary>Number of items, 1 to <see cref="Most"/>; null: all.</summary>
    public int? Take { get; init; }

    /// <summary><see cref="Page{T}.Next"/> of the page before; null: from the beginning.</summary>
    public string? After { get; init; }

    /// <param name="parts">Number of the parts of a position in the list.</param>
    /// <param name="search">Text to find in lower-case names and ids, or null.</param>
    /// <param name="position">The position after which the page begins; null: the beginning.</param>
    /// <returns>The refusal of an invalid filter, or null.</returns>
    public Refusal? Read(int parts, out string? search, out IReadOnlyList<string>? position)
    {
        (search, position) = (string.IsNullOrWhiteSpace(Query) ? null : TextSearch.Lower(Query.Trim()), null);
        if (Take is < 1 or > Most)
        {
            return Refusal.Invalid($"A page has 1 to {Most} items, not {Take}.");
        }

        if (search is not null && (search.Length > LongestQuery || !Rules.IsPrintable(search)))
        {
            return Refusal.Invalid($"The text to search for must be printable, of up to {LongestQuery} characters.");
        }

        return After is null || Cursor.TryRead(After, parts, out position) ? null : ForeignCursor();
    }

    /// <summary>As <see cref="Read"/>, in a list by age.</summary>
    public Refusal? ReadByAge(out string? search, out AgePosition? after)
    {
        after = null;
        if (Read(2, out search, out var position) is { } refusal)
        {
            return refusal;
        }

        if (position is [var instant, var id])
        {
            if (!Cursor.TryReadInstant(instant, out var createdAt))
            {
                return ForeignCursor();
            }

            after = new(createdAt, id);
        }

        return null;
    }

    private static Refusal ForeignCursor() => Refusal.Invalid("The cursor is not one of this list; begin with the first page.");
}
