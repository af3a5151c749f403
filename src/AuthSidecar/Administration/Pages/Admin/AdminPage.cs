using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A page of administration.</summary>
[Authorize(ConsolePolicies.Admin)]
internal abstract class AdminPage : PageModel
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
        Response.StatusCode = refusal.Kind switch
        {
            RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Stale or RefusalKind.Conflict => StatusCodes.Status409Conflict,
            RefusalKind.Throttled => StatusCodes.Status429TooManyRequests,
            RefusalKind.Busy => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status400BadRequest,
        };
        if (refusal.RetryAfter is { } wait)
        {
            Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Records an error of the input, if there is one.</summary>
    protected void Check(string field, string? error)
    {
        if (error is not null)
        {
            ModelState.AddModelError(field, error);
            Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    /// <summary>The value; null if refused, which answers 404 with the page that says so.</summary>
    protected T? Found<T>(Outcome<T> outcome)
        where T : class
    {
        if (outcome.Refusal is null)
        {
            return outcome.Value;
        }

        Response.StatusCode = StatusCodes.Status404NotFound;
        return null;
    }

    /// <summary>False for absent text, which becomes an error at the field.</summary>
    protected bool IsGiven([NotNullWhen(true)] string? text, string field, string error)
    {
        if (!string.IsNullOrWhiteSpace(text))
        {
            return true;
        }

        Check(field, error);
        return false;
    }
}
