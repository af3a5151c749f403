using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

/// <summary>After a sign-in by a provider: the form that the browser carried there and back.</summary>
[Authorize(ConsolePolicies.AnySession)]
internal sealed class CarriedDraftModel(Drafts drafts) : PageModel
{
    public Draft? Draft { get; private set; }

    public IActionResult OnGet()
    {
        Draft = drafts.OpenCarried(HttpContext, HttpContext.Caller().UserId!);
        return Draft is null ? new SeeOther(ReturnPath.Default) : Page();
    }
}
