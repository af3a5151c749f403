using System.Globalization;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

[Authorize(ConsolePolicies.AnySession)]
internal sealed class SetPasswordModel(SetPassword setPassword) : PageModel
{
    [BindProperty(Name = "current")]
    public string? Current { get; set; }

    [BindProperty(Name = "new")]
    public string? New { get; set; }

    [BindProperty(Name = "return", SupportsGet = true)]
    public string? Return { get; set; }

    public string Name => HttpContext.Caller().Name;

    /// <summary>True after a one-time password, which the login has proved.</summary>
    public bool IsFirst => HttpContext.Caller().MustChangePassword;

    public async Task<IActionResult> OnPostAsync()
    {
        var caller = HttpContext.Caller();
        var outcome = await setPassword.RunAsync(
            new(caller.UserId!, IsFirst ? null : Current ?? "", New ?? "")
            {
                SessionId = caller.SessionId,
                Address = HttpContext.ClientAddress(),
            },
            HttpContext.RequestAborted
        );
        if (outcome.Refusal is { } refusal)
        {
            var field = refusal.Code switch
            {
                "wrong_password" => "current",
                "weak_password" or "same_password" => "new",
                _ => "",
            };
            ModelState.AddModelError(field, refusal.Message);
            Response.StatusCode = refusal.Kind switch
            {
                RefusalKind.Throttled => StatusCodes.Status429TooManyRequests,
                RefusalKind.Busy => StatusCodes.Status503ServiceUnavailable,
                RefusalKind.Conflict => StatusCodes.Status409Conflict,
                _ => StatusCodes.Status400BadRequest,
            };
            if (refusal.RetryAfter is { } wait)
            {
                Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            }

            return Page();
        }

        TempData["Notice"] = "Your password is set. Your other sessions have ended.";
        return new SeeOther(ReturnPath.Of(Return));
    }
}
