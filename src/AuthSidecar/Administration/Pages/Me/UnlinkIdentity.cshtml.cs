using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Asks before an identity is unlinked.</summary>
[Authorize(ConsolePolicies.Sudo)]
internal sealed class UnlinkIdentityModel(LoginProviders providers, UnlinkIdentity unlink) : OwnPage
{
    [BindProperty(Name = "issuer", SupportsGet = true)]
    public string? Issuer { get; set; }

    [BindProperty(Name = "subject", SupportsGet = true)]
    public string? Subject { get; set; }

    public string Name => providers.TitleOf(Issuer ?? "");

    public async Task<IActionResult> OnPostAsync()
    {
        var outcome = await unlink.RunAsync(
            new(UserId, Issuer ?? "", Subject ?? "")
            {
                Usable = [.. providers.Accounts.Select(provider => provider.Issuer)],
                SessionId = HttpContext.Caller().SessionId,
            },
            Aborted
        );
        return outcome.Refusal is { } refusal ? Refused(refusal) : Done("/ui/me/profile", $"{Name} is unlinked.");
    }
}
