using System.Diagnostics.CodeAnalysis;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A page of administration.</summary>
[Authorize(ConsolePolicies.Admin)]
internal abstract class AdminPage : ConsolePage
{
    /// <summary>Records an error of the input, if there is one.</summary>
    protected void Check(string field, string? error)
    {
        if (error is not null)
        {
            ModelState.AddModelError(field, error);
            Response.StatusCode = StatusCodes.Status400BadRequest;
        }
    }

    /// <summary>Who sends forms.</summary>
    protected string Sender => HttpContext.Caller() is { UserId: { } id } ? id : HttpContext.Caller().Name;

    /// <summary>
    /// Null if the admin proved the password within ten minutes; else the page that asks for it, and then sends the form again.
    /// </summary>
    protected async Task<IActionResult?> AskPasswordAsync(Drafts drafts, TimeProvider time)
    {
        var caller = HttpContext.Caller();
        if (CallerRules.Refusal(ConsolePolicies.AdminSudo, caller, time.GetUtcNow()) is null)
        {
            return null;
        }

        await drafts.KeepAsync(HttpContext, caller.UserId);
        HttpContext.Features.Set(new PageInstead("/ui/reauthenticate", StatusCodes.Status403Forbidden));
        return new EmptyResult();
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
