using System.Globalization;
using AuthSidecar.Administration.Shared;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

/// <summary>A page with forms: where they lead after a change, and how they answer a refusal.</summary>
internal abstract class ConsolePage : PageModel
{
    protected CancellationToken Aborted => HttpContext.RequestAborted;

    /// <summary>Leads to another page after a change, with a line that says what was done.</summary>
    protected SeeOther Done(string path, string notice)
    {
        TempData["Notice"] = notice;
        return new(path);
    }

    /// <summary>Records an error at a field, or of the whole form; what was typed stays.</summary>
    protected void Refuse(Refusal refusal, string field = "")
    {
        ModelState.AddModelError(field, refusal.Message);

        // A form has no If-Match, whose failure 412 means.
        Response.StatusCode = refusal.Kind == RefusalKind.Stale ? StatusCodes.Status409Conflict : Problem.StatusOf(refusal.Kind);
        if (refusal.RetryAfter is { } wait)
        {
            Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }
    }
}
