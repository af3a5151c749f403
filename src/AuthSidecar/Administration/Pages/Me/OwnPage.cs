using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>A page about the data of the signed-in person.</summary>
internal abstract class OwnPage : ConsolePage
{
    protected string UserId => HttpContext.Caller().UserId ?? throw new InvalidOperationException("A session belongs to a person.");

    /// <summary>The page again with an error at a field, or of the whole form; what was typed stays.</summary>
    protected PageResult Refused(Refusal refusal, string field = "")
    {
        Refuse(refusal, field);
        return Page();
    }

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

    /// <summary>The page without its subject, which is unknown or another person's.</summary>
    protected PageResult NotThere()
    {
        Response.StatusCode = StatusCodes.Status404NotFound;
        return Page();
    }
}
