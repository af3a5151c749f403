using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before an identity of a user is unlinked.</summary>
[Authorize(ConsolePolicies.AdminSudo)]
internal sealed class UnlinkUserIdentityModel(ShowUser show, LoginProviders providers, UnlinkIdentity unlink) : UserActionPage(show)
{
    [BindProperty(Name = "issuer", SupportsGet = true)]
    public string? Issuer { get; set; }

    [BindProperty(Name = "subject", SupportsGet = true)]
    public string? Subject { get; set; }

    public string Name => providers.TitleOf(Issuer ?? "");

    protected override async Task<IActionResult> RunAsync(User person) =>
        Answer(
            await unlink.RunAsync(new(person.Id, Issuer ?? "", Subject ?? "") { SessionId = HttpContext.Caller().SessionId }, Aborted),
            $"{Name} is unlinked."
        );
}
