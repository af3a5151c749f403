using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Shared;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A list in pages of 50, whose filter stands in the URL.</summary>
internal abstract class AdminListPage<T> : AdminPage
{
    protected const int PerPage = 50;

    [BindProperty(SupportsGet = true, Name = "q")]
    public string? Query { get; set; }

    [BindProperty(SupportsGet = true, Name = "after")]
    public string? After { get; set; }

    public Page<T> List { get; private set; } = new([], 0, null);

    /// <summary>Whether the list may hide items.</summary>
    public bool IsFiltered => After is not null || Filter.Any(one => !string.IsNullOrEmpty(one.Value));

    public bool NeedsSearch => IsFiltered || List.HasMore;

    /// <summary>Path of the list without a filter.</summary>
    public abstract string Path { get; }

    /// <summary>Names and values of the filter in the URL.</summary>
    protected virtual IReadOnlyList<(string Name, string? Value)> Filter => [("q", Query)];

    /// <summary>Field at which an unknown filter value is shown.</summary>
    protected virtual string FieldOf(Refusal refusal) => "q";

    /// <param name="one">What the list has, for example "key".</param>
    public Pager Pager(string one) =>
        new(
            $"{Formats.Number(List.Items.Count)} of {Formats.Count(List.Total, one)}",
            After is null ? null : Links.To(Path, Filter),
            List.Next is { } next ? Links.To(Path, [.. Filter, ("after", next)]) : null
        );

    public virtual async Task<IActionResult> OnGetAsync()
    {
        if (await LoadAsync() is { } refusal)
        {
            Refuse(refusal, FieldOf(refusal));
        }

        return Page();
    }

    /// <summary>Text of a filter; null: any.</summary>
    protected static string? Any(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    protected abstract Task<Outcome<Page<T>>> ReadAsync();

    /// <summary>The page with its list after a refused form.</summary>
    protected async Task<IActionResult> AgainAsync()
    {
        _ = await LoadAsync();
        return Page();
    }

    private async Task<Refusal?> LoadAsync()
    {
        var outcome = await ReadAsync();
        if (outcome.Refusal is null)
        {
            List = outcome.Value;
        }

        return outcome.Refusal;
    }
}
