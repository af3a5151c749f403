using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>Asks for the code that a device shows, before or after a login.</summary>
[AllowAnonymous]
internal sealed class IndexModel(
    FindGrant find,
    DeviceThrottle throttle,
    PendingDevice pending,
    DeviceSignIns signIns,
    ApprovalGrants grants,
    LiveOptions<DeviceOptions> options
) : DevicePage
{
    [BindProperty(Name = "user_code", SupportsGet = true)]
    public string? Typed { get; set; }

    /// <summary>Outcome of a login at an identity provider.</summary>
    [BindProperty(Name = "sso_error", SupportsGet = true)]
    public string? ProviderError { get; set; }

    /// <summary>Set after a login at an identity provider that proved an identity.</summary>
    [BindProperty(Name = "sso_verified", SupportsGet = true)]
    public string? Verified { get; set; }

    /// <summary>The code that a link brought, to be compared; null: none, or not a code.</summary>
    public string? Offered { get; private set; }

    public bool IsUnknown { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        // For the navigation only.
        _ = await HttpContext.SessionAsync();
        if (options.Current is not { Enabled: true, Clients.Count: > 0 })
        {
            return Say(DeviceMessage.Off);
        }

        if (ProviderError is { Length: > 0 } error)
        {
            return Say(error == "email_belongs_to_account" ? DeviceMessage.EmailOfAccount : DeviceMessage.ProviderFailed);
        }

        // The word in the address proves nothing; the cookie does.
        if (Verified is { Length: > 0 } && grants.Find(HttpContext) is not null)
        {
            return new SeeOther(ApproveExternalModel.Path);
        }

        // Addresses stay in histories and logs.
        if (Typed is { Length: > 0 } typed && UserCode.Read(typed) is { } code)
        {
            pending.Offer(HttpContext, code);
            return new SeeOther(DeviceMessage.Start);
        }

        Offered = pending.FindOffered(HttpContext) is { } offered ? UserCode.Shown(offered) : null;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var session = await HttpContext.SessionAsync();
        PendingDevice.ForgetOffered(HttpContext);
        if (UserCode.Read(Typed ?? "") is not { } code)
        {
            return Refused("A code has eight letters and digits, for example BCDF-GHJK.", StatusCodes.Status400BadRequest);
        }

        // Browsers without an address cannot be told apart: only sessions count their guesses.
        if (session is null && HttpContext.ClientAddress() is null)
        {
            return new SeeOther($"/ui/login{ReturnPath.Query(DeviceMessage.Start)}");
        }

        if (await throttle.CountLookupAsync(session, HttpContext.ClientAddress()) is { } wait)
        {
            return SayThrottled(wait);
        }

        var grant = await find.RunAsync(code, Aborted);
        switch (grant?.Status)
        {
            case GrantStatus.Pending:
                await throttle.HitAsync(session);
                pending.Keep(HttpContext, code);
                return new SeeOther(session is null ? signIns.Entry : DeviceSignIns.Approve);
            case null or GrantStatus.Expired:
                IsUnknown = true;
                return Refused(DeviceMessage.Unknown.Text, DeviceMessage.Unknown.Status);
            default:
                return Say(session is null ? DeviceMessage.DecidedWithoutAccount : DeviceMessage.Decided);
        }
    }

    private PageResult Refused(string message, int status)
    {
        ModelState.AddModelError("user_code", message);
        Response.StatusCode = status;
        return Page();
    }
}
