using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>
/// Says what a person without an account decided. The encrypted result of this browser is the authority to take the approval back.
/// </summary>
[AllowAnonymous]
internal sealed class DoneExternalModel(DeviceResults results, DeviceTokens tokens) : DevicePage
{
    public const string Path = "/device/done-external";

    public DeviceResult? Result { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        // For the navigation, and for the token of the form.
        _ = await HttpContext.SessionAsync();
        Result = results.FindExternal(HttpContext);
        return Result is null ? new SeeOther(DeviceMessage.Start) : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (results.FindExternal(HttpContext) is not { TokenId: { } token, External: { } person } result)
        {
            return new SeeOther(DeviceMessage.Start);
        }

        using var _ = Actor.Use(ApprovalGrant.ActorOf(person, null, HttpContext.ClientAddress()));
        if ((await tokens.EndAsync(new(null, person), token, Aborted)).Refusal is { } refusal)
        {
            return Say(DeviceMessage.OfExternal(refusal));
        }

        results.Keep(HttpContext, result with { End = DeviceEnd.Revoked });
        return new SeeOther(Path);
    }
}
