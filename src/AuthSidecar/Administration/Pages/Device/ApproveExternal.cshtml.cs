using AuthSidecar.Administration.Devices;
using AuthSidecar.Administration.ExternalApproval;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Device;

/// <summary>Shows what a device asks for, and approves or denies it as the identity that the browser proved at a provider.</summary>
[AllowAnonymous]
internal sealed class ApproveExternalModel(
    FindPendingGrant find,
    DecideExternally decide,
    DeviceThrottle throttle,
    ApprovalGrants grants,
    PendingDevice pending,
    DeviceResults results,
    LiveOptions<DeviceOptions> options
) : DevicePage
{
    public const string Path = "/device/approve-external";

    /// <summary>Names the request that the page showed.</summary>
    [BindProperty(Name = "grant")]
    public string? Form { get; set; }

    [BindProperty(Name = "decision")]
    public string? Decision { get; set; }

    public DeviceRequest? Shown { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        // For the navigation, and for the token of the form.
        _ = await HttpContext.SessionAsync();
        if (grants.Find(HttpContext) is not { } grant)
        {
            return new SeeOther(DeviceMessage.Start);
        }

        var found = await find.RunAsync(grant.UserCode, Aborted);
        if (found.Refusal is { } refusal)
        {
            ApprovalGrants.Forget(HttpContext);
            return Say(DeviceMessage.OfExternal(refusal));
        }

        Shown = new(found.Value, UserCode.Shown(grant.UserCode), pending.FormOf(grant.UserCode, grant.Nonce), Path)
        {
            Rights = DeviceWords.ExternalRights,
            Who = grants.NameOf(grant),
            Lifetime = options.Current.TokenLifetime,
            OtherNetwork = DeviceRequest.OtherNetworkOf(found.Value, HttpContext, options.Current),
        };
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (grants.Find(HttpContext) is not { } grant)
        {
            return Say(DeviceMessage.SignInExpired);
        }

        if (await throttle.CountDecisionAsync(grant.Identity) is { } wait)
        {
            return SayThrottled(wait);
        }

        // Bound to the proof, so that a later sign-in in another tab does not decide on the device of this form.
        if (pending.OfForm(Form, grant.Nonce) is not { } code)
        {
            return Say(DeviceMessage.SignInExpired);
        }

        // Only the one word approves.
        var isApproved = Decision == "approve";
        var outcome = await decide.RunAsync(grant, code, isApproved, HttpContext.ClientAddress(), Aborted);
        if (outcome.Refusal is { } refusal)
        {
            return Say(DeviceMessage.OfExternal(refusal), refusal.RetryAfter);
        }

        var decided = outcome.Value;
        ApprovalGrants.Forget(HttpContext);
        PendingDevice.Forget(HttpContext);
        results.Keep(
            HttpContext,
            new(
                isApproved ? DeviceEnd.Approved : DeviceEnd.Denied,
                ExternalPerson.Of(grant.Issuer, grant.Subject),
                decided.DeviceLabel,
                decided.ClientTitle,
                decided.TokenId
            )
        );
        return new SeeOther(DoneExternalModel.Path);
    }
}
