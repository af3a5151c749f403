using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>What became of a request, and why.</summary>
internal sealed class RequestModel(FindUsage find, FindNames findNames) : AdminPage
{
    /// <summary>Null: there is no such request.</summary>
    public UsageRow? Row { get; private set; }

    /// <summary>Why there is none.</summary>
    public string Missing { get; private set; } = "";

    public Explanation Explanation { get; private set; } = null!;

    public Names Names { get; private set; } = Names.None;

    public string? Remedy => RequestWords.IsRefused(Row!) && Row!.Reason is { } reason ? Reports.Remedy.Of(reason) : null;

    public async Task<IActionResult> OnGetAsync(string decisionId)
    {
        var outcome = await find.ByIdAsync(decisionId, Aborted);
        Missing = outcome.Refusal?.Message ?? "";
        Row = Found(outcome);
        if (Row is not null)
        {
            Explanation = Explanation.Of(Row, isPublic: false);
            Names = await findNames.RunAsync([Row.UserId], [Row.KeyId], Aborted);
        }

        return Page();
    }
}
