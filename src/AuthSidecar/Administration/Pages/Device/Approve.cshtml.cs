using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>Shows what a device asks for, and approves or denies it as the account of the session.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class ApproveModel(
    FindPendingGrant find,
    DecideGrant decide,
    DeviceThrottle throttle,
    PendingDevice pending,
    DeviceResults results,
    LiveOptions<DeviceOptions> options
) : DevicePage
{
    /// <summary>Names the request that the page showed.</summary>
    [BindProperty(Name = "grant")]
    public string? Form { get; set; }

    [BindProperty(Name = "decision")]
    public string? Decision { get; set; }

    public DeviceRequest? Shown { get; private set; }

    private string Who =>
        HttpContext.Caller() is { DisplayName: { } display, Name: var name } ? $"{display} ({name})" : HttpContext.Caller().Name;

    public async Task<IActionResult> OnGetAsync()
    {
        if (pending.Find(HttpContext) is not { } code)
        {
            return new SeeOther(DeviceMessage.Start);
        }

        var found = await find.RunAsync(code, Aborted);
        if (found.Refusal is { } refusal)
        {
            PendingDevice.Forget(HttpContext);
            return Say(DeviceMessage.Of(refusal));
        }

        Shown = new(found.Value, UserCode.Shown(code), pending.FormOf(code, Person), "/device/approve")
        {
            Rights = DeviceWords.Rights(found.Value.Scopes),
            Who = Who,
            Lifetime = options.Current.TokenLifetime,
            OtherNetwork = DeviceRequest.OtherNetworkOf(found.Value, HttpContext, options.Current),
        };
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (pending.OfForm(Form, Person) is not { } code)
        {
            return Say(DeviceMessage.Unknown);
        }

        if (await throttle.CountDecisionAsync(HttpContext.Caller()) is { } wait)
        {
            return SayThrottled(wait);
        }

        var by = new Approver { UserId = Person, Address = HttpContext.ClientAddress() };

        // Only the one word approves.
        var isApproved = Decision == "approve";
        var outcome = isApproved ? await decide.ApproveAsync(code, by, Aborted) : await decide.DenyAsync(code, by, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            return Say(DeviceMessage.Of(refusal), refusal.RetryAfter);
        }

        var grant = outcome.Value;
        PendingDevice.Forget(HttpContext);
        results.Keep(
            HttpContext,
            new(isApproved ? DeviceEnd.Approved : DeviceEnd.Denied, Person, grant.DeviceLabel, grant.ClientTitle, grant.TokenId)
        );
        return new SeeOther(DoneModel.Path);
    }
}
