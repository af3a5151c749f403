namespace AuthSidecar.Administration.Shared;

/// <summary>One page of a list.</summary>
/// <param name="Items">In the order of the list.</param>
/// <param name="Total">Number of items that match the filter, on all pages.</param>
/// <param name="Next">Cursor of the next page; null: there is none.</param>
internal sealed record Page<T>(IReadOnlyList<T> Items, int Total, string? Next)
{
    public bool HasMore => Next is not null;
}
