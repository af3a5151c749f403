using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>The latest requests of all, and the form that finds one.</summary>
internal sealed class RequestsModel(FindUsage find, FindNames findNames) : AdminPage
{
    private const int Most = 50;

    [BindProperty(SupportsGet = true, Name = "id")]
    public string? DecisionId { get; set; }

    public IReadOnlyList<UsageRow> Rows { get; private set; } = [];

    public Names Names { get; private set; } = Names.None;

    public async Task<IActionResult> OnGetAsync()
    {
        if (!string.IsNullOrWhiteSpace(DecisionId))
        {
            var found = await find.ByIdAsync(DecisionId.Trim(), Aborted);
            if (found.Refusal is not { } refusal)
            {
                return new SeeOther($"/ui/admin/requests/{found.Value.DecisionId}");
            }

            Refuse(refusal, "id");
        }

        Rows = (await find.LatestAsync(Most, Aborted)).Value;
        Names = await findNames.RunAsync(Rows.Select(row => row.UserId), Rows.Select(row => row.KeyId), Aborted);
        return Page();
    }
}
