using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

[Authorize(ConsolePolicies.Session)]
internal sealed class ReauthenticateModel(Reauthenticate reauthenticate, Drafts drafts) : PageModel
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

    public void OnGet()
    {
        var kept = HttpContext.Features.Get<KeptDraft>();
        (Draft, IsLost) = (kept?.Text, kept is { Text: null });
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
            return Page();
        }

        Resend = drafts.Open(Draft, caller.UserId!);
        return Resend is null ? new SeeOther(Back) : Page();
    }
}
