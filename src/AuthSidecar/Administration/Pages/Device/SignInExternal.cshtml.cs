using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>
/// Leads a person without an account to a provider. A link, not a form: it changes nothing, and the sign-in stands for the code that this
/// browser entered, which no other site can set.
/// </summary>
[AllowAnonymous]
internal sealed class SignInExternalModel(
    LoginProviders providers,
    StartExternalSignIn start,
    DeviceThrottle throttle,
    PendingDevice pending
) : DevicePage
{
    public async Task<IActionResult> OnGetAsync(string provider)
    {
        if (providers.FindEndUser(provider) is not { } chosen)
        {
            return NotFound();
        }

        if (pending.Find(HttpContext) is not { } code)
        {
            return new SeeOther(DeviceMessage.Start);
        }

        if (await throttle.CountSignInAsync(HttpContext.ClientAddress()) is { } wait)
        {
            return SayThrottled(wait);
        }

        return await start.RunAsync(HttpContext, chosen, code) is { } refusal
            ? Say(DeviceMessage.OfExternal(refusal), refusal.RetryAfter)
            : new EmptyResult();
    }
}
