using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

[AllowAnonymous]
internal sealed class LoginModel(
    LogIn logIn,
    SignIn signIn,
    KnownBrowsers browsers,
    Drafts drafts,
    AdminLogins admins,
    LoginProviders providers
) : PageModel
{
    [BindProperty(Name = "name")]
    public string? Name { get; set; }

    [BindProperty(Name = "password")]
    public string? Password { get; set; }

    [BindProperty(Name = "return", SupportsGet = true)]
    public string? Return { get; set; }

    /// <summary>Encrypted fields of the form whose session had ended.</summary>
    [BindProperty(Name = "draft")]
    public string? Draft { get; set; }

    /// <summary>The same, after the login.</summary>
    public Draft? Resend { get; private set; }

    /// <summary>True if that form was too large to keep.</summary>
    public bool IsLost { get; private set; }

    public IReadOnlyList<LoginProvider> Providers => providers.Accounts;
    public bool HasEnded { get; private set; }
    public bool IsFirstAdminMissing { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        if (await HttpContext.SessionAsync() is not null)
        {
            return new SeeOther(ReturnPath.Of(Return));
        }

        var kept = HttpContext.Features.Get<KeptDraft>();
        (Draft, IsLost) = (kept?.Text, kept is { Text: null });
        HasEnded = HttpContext.Features.Get<EndedSession>() is not null;
        return await ShowAsync();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var (name, password) = (Name ?? "", Password ?? "");
        var result = await logIn.RunAsync(
            new(name, password, HttpContext.ClientAddress(), browsers.Knows(HttpContext, name)),
            HttpContext.RequestAborted
        );
        if (result.User is not { } user)
        {
            this.Refuse(result, "The name or the password is wrong, or the account may not sign in.");
            return await ShowAsync();
        }

        await signIn.SignInAsync(HttpContext, user, result.MustChangePassword, provedAt: result.ProvedAt);
        if (result.MustChangePassword)
        {
            return new SeeOther($"/ui/set-password{ReturnPath.Query(ReturnPath.Of(Return))}");
        }

        Resend = drafts.Open(Draft, user.Id);
        return Resend is null ? new SeeOther(ReturnPath.Of(Return)) : Page();
    }

    private async Task<PageResult> ShowAsync()
    {
        IsFirstAdminMissing = await admins.AreMissingAsync(HttpContext.RequestAborted);
        return Page();
    }
}
