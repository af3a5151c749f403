using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a password is replaced by a one-time password, which it shows once.</summary>
[Authorize(ConsolePolicies.AdminSudo)]
internal sealed class ResetPasswordModel(ShowUser show, ResetPassword reset) : UserActionPage(show)
{
    public OneTimePassword? Made { get; private set; }

    protected override async Task<IActionResult> RunAsync(User person)
    {
        var outcome = await reset.RunAsync(person.Id, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal);
            return Page();
        }

        Made = outcome.Value;
        Response.Headers.CacheControl = "no-store";
        return Page();
    }
}
