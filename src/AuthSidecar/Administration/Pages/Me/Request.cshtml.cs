using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>What became of one of the person's requests, and why.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class RequestModel(OwnRequests requests, OwnKeys keys) : OwnPage
{
    public UsageRow? Row { get; private set; }

    public Explanation Explanation { get; private set; } = null!;

    /// <summary>Its key; null if it is no key of the person's, such as a device's token.</summary>
    public ApiKey? Key { get; private set; }

    public static string Missing => "None of your requests has this decision id. It may be wrong, another person's, or too old.";

    public string? Remedy => RequestWords.IsRefused(Row!) && Row!.Reason is { } reason ? Reports.Remedy.Of(reason) : null;

    public async Task<IActionResult> OnGetAsync(string decisionId)
    {
        var found = await requests.FindAsync(UserId, decisionId, Aborted);
        if (found.Refusal is not null)
        {
            return NotThere();
        }

        Row = found.Value;
        Explanation = Explanation.Of(Row, isPublic: false);
        var key = Row.KeyId is { Length: > 0 } id ? await keys.FindAsync(UserId, id, Aborted) : default;
        Key = Row.KeyId is { Length: > 0 } && key.Refusal is null ? key.Value : null;
        return Page();
    }
}
