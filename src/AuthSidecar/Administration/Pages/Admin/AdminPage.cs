using System.Diagnostics.CodeAnalysis;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;

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
