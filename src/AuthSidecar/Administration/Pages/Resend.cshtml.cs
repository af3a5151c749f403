using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

/// <summary>Instead of a refusal: the form of a page that was opened before the session began.</summary>
[Authorize(ConsolePolicies.AnySession)]
internal sealed class ResendModel(Drafts drafts) : PageModel
{
    public Draft? Draft { get; private set; }
    public string Name => HttpContext.Caller().Name;

    public IActionResult OnGet()
    {
        Draft = drafts.Open(HttpContext.Features.Get<KeptDraft>()?.Text, HttpContext.Caller().UserId!);
        return Draft is null ? new SeeOther(ReturnPath.Default) : Page();
    }
}
