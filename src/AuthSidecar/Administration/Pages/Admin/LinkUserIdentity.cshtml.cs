using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Links an identity at a provider to a user.</summary>
[Authorize(ConsolePolicies.AdminSudo)]
internal sealed class LinkUserIdentityModel(ShowUser show, LoginProviders providers, LinkIdentity link) : UserActionPage(show)
{
    [BindProperty]
    public string? Issuer { get; set; }

    [BindProperty]
    public string? Subject { get; set; }

    public IEnumerable<SelectListItem> Issuers =>
        providers.Accounts.Select(provider => new SelectListItem(provider.Title, provider.Issuer));

    protected override async Task<IActionResult> RunAsync(User person)
    {
        if (!IsGiven(Subject, nameof(Subject), "Enter the subject."))
        {
            return Page();
        }

        if (providers.FindIssuer(Issuer) is not { } provider)
        {
            Check(nameof(Issuer), "Choose a provider.");
            return Page();
        }

        return Answer(
            await link.RunAsync(person.Id, provider.Issuer, Subject.Trim(), null, Aborted),
            $"{person.Name} can sign in with {provider.Title}."
        );
    }
}
