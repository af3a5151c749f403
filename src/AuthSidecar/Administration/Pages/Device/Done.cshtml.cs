using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>Says what was decided; an approval can be taken back at once (RFC 10027, remediation).</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class DoneModel(DeviceResults results, OwnKeys keys) : DevicePage
{
    public const string Path = "/device/done";

    public DeviceResult? Result { get; private set; }

    public IActionResult OnGet()
    {
        Result = results.Find(HttpContext, Person);
        return Result is null ? new SeeOther(DeviceMessage.Start) : Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (results.Find(HttpContext, Person) is not { TokenId: { } token } result)
        {
            return new SeeOther(DeviceMessage.Start);
        }

        var revoked = await keys.RevokeDeviceAsync(Person, token, Aborted);
        if (revoked.Refusal is { } refusal)
        {
            return Say(DeviceMessage.Of(refusal));
        }

        results.Keep(HttpContext, result with { End = DeviceEnd.Revoked });
        return new SeeOther(Path);
    }
}
