using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Asks before an identity is linked.</summary>
[Authorize(ConsolePolicies.Sudo)]
internal sealed class LinkIdentityModel(LoginProviders providers, ProviderStart start) : OwnPage
{
    /// <summary>Null: there is none of this name.</summary>
    public LoginProvider? Provider { get; private set; }

    public IActionResult OnGet(string? provider)
    {
        Provider = providers.FindAccount(provider);
        return Provider is null ? NotThere() : Page();
    }

    public async Task<IActionResult> OnPostAsync(string? provider)
    {
        Provider = providers.FindAccount(provider);
        if (Provider is null)
        {
            return NotThere();
        }

        await start.RunAsync(HttpContext, Provider, ErrandKind.Link, "/ui/me/profile");
        return new EmptyResult();
    }
}
