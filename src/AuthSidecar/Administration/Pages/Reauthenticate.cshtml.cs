using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

[Authorize(ConsolePolicies.Session)]
internal sealed class ReauthenticateModel(Reauthenticate reauthenticate, Drafts drafts, LoginWays ways, ProviderStart start) : PageModel
{
    [BindProperty(Name = "password")]
    public string? Password { get; set; }

    [BindProperty(Name = "return", SupportsGet = true)]
    public string? Return { get; set; }

    [BindProperty(Name = "draft")]
    public string? Draft { get; set; }

    public Draft? Resend { get; private set; }

    /// <summary>True if the form that needs the password was too large to keep.</summary>
    public bool IsLost { get; private set; }

    public string Name => HttpContext.Caller().Name;
    public string Back => ReturnPath.Of(Return);

    public bool HasPassword { get; private set; } = true;

    /// <summary>Providers at which the person has a linked identity.</summary>
    public IReadOnlyList<LoginProvider> Providers { get; private set; } = [];

    /// <summary>Page to which a login at a provider returns without a draft.</summary>
    public string? ProviderReturn =>
        string.IsNullOrEmpty(Return) ? drafts.Open(Draft, HttpContext.Caller().UserId!)?.Path.Split('?')[0] : Return;

    public async Task OnGetAsync()
    {
        var kept = HttpContext.Features.Get<KeptDraft>();
        (Draft, IsLost) = (kept?.Text, kept is { Text: null });
        await ReadWaysAsync();
    }

    public async Task<IActionResult> OnPostProviderAsync(string? provider)
    {
        await ReadWaysAsync();
        if (Providers.FirstOrDefault(linked => linked.Name == provider) is not { } chosen)
        {
            return NotFound();
        }

        await start.RunAsync(HttpContext, chosen, ErrandKind.Reauthenticate, Drafts.Carry(HttpContext, Draft, Return));
        return new EmptyResult();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var caller = HttpContext.Caller();
        var result = await reauthenticate.RunAsync(
            caller.SessionId!,
            Password ?? "",
            HttpContext.ClientAddress(),
            HttpContext.RequestAborted
        );
        if (result.User is null)
        {
            this.Refuse(result, "The password is wrong.");
            await ReadWaysAsync();
            return Page();
        }

        Resend = drafts.Open(Draft, caller.UserId!);
        return Resend is null ? new SeeOther(Back) : Page();
    }

    private async Task ReadWaysAsync() =>
        (HasPassword, Providers) = await ways.RunAsync(HttpContext.Caller().UserId!, HttpContext.RequestAborted);
}
