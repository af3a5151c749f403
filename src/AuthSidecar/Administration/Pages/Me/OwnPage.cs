using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>A page about the data of the signed-in person.</summary>
internal abstract class OwnPage : PageModel
{
    protected string UserId => HttpContext.Caller().UserId ?? throw new InvalidOperationException("A session belongs to a person.");

    protected CancellationToken Aborted => HttpContext.RequestAborted;

    /// <summary>Leads to another page after a change, with a line that says what was done.</summary>
    protected SeeOther Done(string path, string notice)
    {
        TempData["Notice"] = notice;
        return new(path);
    }

    /// <summary>The page again with an error at a field, or of the whole form; what was typed stays.</summary>
    protected PageResult Refused(Refusal refusal, string field = "") => Refused(refusal.Message, field, StatusOf(refusal));

    protected PageResult Refused(string message, string field = "", int status = StatusCodes.Status400BadRequest)
    {
        ModelState.AddModelError(field, message);
        Response.StatusCode = status;
        return Page();
    }

    /// <summary>Rights of the person as the maker of keys.</summary>
    protected KeyMaker Maker(TimeProvider time) =>
        new(
            MayManage: HttpContext.Caller() is { Role: UserRole.Admin, AuthenticatedAt: { } at }
                && time.GetUtcNow() - at <= CallerRules.SudoAge
        );

    private static int StatusOf(Refusal refusal) =>
        refusal.Kind switch
        {
            RefusalKind.Forbidden => StatusCodes.Status403Forbidden,
            RefusalKind.NotFound => StatusCodes.Status404NotFound,
            RefusalKind.Conflict => StatusCodes.Status409Conflict,
            _ => StatusCodes.Status400BadRequest,
        };

    /// <summary>The page without its subject, which is unknown or another person's.</summary>
    protected PageResult NotThere()
    {
        Response.StatusCode = StatusCodes.Status404NotFound;
        return Page();
    }
}
