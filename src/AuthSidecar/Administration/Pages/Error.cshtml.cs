using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

/// <summary>A refusal in a person's words, without details of the fault.</summary>
[AllowAnonymous]
internal sealed class ErrorModel : PageModel
{
    public string Title { get; private set; } = "";
    public string Text { get; private set; } = "";

    public void OnGet()
    {
        var refusal = HttpContext.Features.Get<PageRefusal>() ?? new PageRefusal(StatusCodes.Status404NotFound, "not_found");
        Response.StatusCode = refusal.Status;
        (Title, Text) = refusal switch
        {
            { Word: "csrf_failed" } => (
                "This form was out of date",
                "Nothing was changed. Go back, reload the page and send the form again. If a link from another site led here, ignore it."
            ),
            { Word: CallerRules.AdminRequired } => ("Only administrators see this page", "Ask an administrator if you need it."),
            { Word: "misdirected_request" } => (
                "This console has another address",
                "Its operator sets the address with the setting Console:PublicUrl."
            ),
            { Status: 403 } => ("You may not open this page", "Sign in as another person, or ask an administrator."),
            { Status: 404 or 405 } => ("There is no such page", "The address is wrong, or the page is gone."),
            { Status: 413 } => ("The form is too large", "A form may hold 64 KiB. Nothing was changed."),
            { Status: 503 } => ("The console cannot answer right now", "Nothing was changed. Try again in a few seconds."),
            { Status: >= 500 } => ("Something went wrong", "The log of the sidecar says what. Try again; tell its operator if it stays."),
            _ => ("The request cannot be read", "Nothing was changed. Go back and try again."),
        };
    }
}
