using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Asks before the token of one of the person's devices is revoked.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class RevokeDeviceModel(OwnKeys keys) : OwnPage
{
    public ApiKey? Device { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id)
    {
        var found = await keys.FindDeviceAsync(UserId, id, Aborted);
        Device = found.Refusal is null ? found.Value : null;
        return Device is null ? NotThere() : Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        var outcome = await keys.RevokeDeviceAsync(UserId, id, Aborted);
        return outcome.Refusal is null ? Done("/ui/me/devices", $"Device “{KeyWords.Name(outcome.Value)}” is revoked.") : NotThere();
    }
}
