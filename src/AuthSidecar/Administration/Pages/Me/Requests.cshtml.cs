using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>The person's latest requests, and the search for one by its decision id.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class RequestsModel(OwnRequests requests, ListKeys keys, TimeProvider time) : OwnPage
{
    private const int PerPage = 50;
    private const string RefusedOnly = "refused";

    [BindProperty(SupportsGet = true, Name = "id")]
    public string? DecisionId { get; set; }

    [BindProperty(SupportsGet = true, Name = "days")]
    public string? DaysText { get; set; }

    [BindProperty(SupportsGet = true, Name = "show")]
    public string? Show { get; set; }

    [BindProperty(SupportsGet = true, Name = "after")]
    public string? After { get; set; }

    public DaysOption Days { get; private set; } = DaysOption.Of(DaysOption.Usual, time);

    public Page<UsageRow> Rows { get; private set; } = new([], 0, null);

    public IReadOnlyList<SelectListItem> Outcomes { get; } = [new("All", ""), new("Refused", RefusedOnly)];

    public bool IsFiltered => Show == RefusedOnly;

    public Pager Pager =>
        new(
            $"{Formats.Number(Rows.Items.Count)} of {Formats.Count(Rows.Total, "request")}",
            After is null ? null : Link(null),
            Rows.Next is { } next ? Link(next) : null
        );

    private IReadOnlyDictionary<string, string> _names = new Dictionary<string, string>();

    /// <summary>Name of a key, else its id.</summary>
    public string KeyName(UsageRow row) => row.KeyId is { } id ? _names.GetValueOrDefault(id, id) : Formats.None;

    public async Task<IActionResult> OnGetAsync()
    {
        if (DecisionId?.Trim() is { Length: > 0 } id)
        {
            var found = await requests.FindAsync(UserId, id, Aborted);
            if (found.Refusal is null)
            {
                return new SeeOther($"/ui/me/requests/{found.Value.DecisionId}");
            }

            _ = Refused(found.Refusal, "id");
        }

        if (DaysOption.Read(DaysText, time) is { } days)
        {
            Days = days;
        }
        else
        {
            _ = Refused(DaysOption.Rule, "days");
        }

        await ReadAsync();
        return Page();
    }

    private async Task ReadAsync()
    {
        var filter = new OwnRequestFilter(Days.First, Days.Last)
        {
            IsRefused = IsFiltered,
            Take = PerPage,
            After = After,
        };
        var found = await requests.ListAsync(UserId, filter, Aborted);
        if (found.Refusal is { } refusal)
        {
            _ = Refused(refusal);
            return;
        }

        Rows = found.Value;
        var own = await keys.RunAsync(new() { User = UserId }, Aborted);
        _names = own.Value.Items.ToDictionary(key => key.Id, KeyWords.Name, StringComparer.Ordinal);
    }

    private string Link(string? after) =>
        "/ui/me/requests"
        + QueryString.Create(
            new Dictionary<string, string?>
            {
                ["days"] = DaysText,
                ["show"] = Show,
                ["after"] = after,
            }.Where(one => !string.IsNullOrEmpty(one.Value))
        );
}
