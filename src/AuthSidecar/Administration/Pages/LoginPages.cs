using System.Globalization;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

/// <summary>What the pages of login share.</summary>
internal static class LoginPages
{
    private static readonly string[] _reads = ["GET", "HEAD"];

    /// <summary>The root, and logout.</summary>
    public static void MapLogin(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapMethods("/", _reads, HomeAsync).AllowAnonymous();
        endpoints.MapMethods("/ui", _reads, HomeAsync).AllowAnonymous();
        endpoints.MapPost("/ui/logout", LogOutAsync).AllowAnonymous().WithCsrf(CsrfRule.WithSession);
    }

    /// <summary>Sets status, header and error of a refused password.</summary>
    /// <param name="page">The page.</param>
    /// <param name="result">The refusal.</param>
    /// <param name="wrong">Message of a wrong password.</param>
    public static void Refuse(this PageModel page, LoginResult result, string wrong)
    {
        var (status, message) = result.Failure switch
        {
            LoginFailure.Throttled => (429, $"Too many attempts. Try again in {Minutes(result.RetryAfter)}."),
            LoginFailure.Busy => (503, "Too many people sign in at this moment. Try again in a few seconds."),
            _ => (401, wrong),
        };
        page.Response.StatusCode = status;
        if (result.RetryAfter > TimeSpan.Zero)
        {
            page.Response.Headers.RetryAfter = Math.Ceiling(result.RetryAfter.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        }

        page.ModelState.AddModelError("", message);
    }

    private static string Minutes(TimeSpan time) =>
        time <= TimeSpan.FromMinutes(1) ? "a minute" : $"{Formats.Number((long)Math.Ceiling(time.TotalMinutes))} minutes";

    private static async Task HomeAsync(HttpContext http) =>
        SeeOther(http, await http.SessionAsync() is null ? "/ui/login" : ReturnPath.Default);

    private static async Task LogOutAsync(HttpContext http, SignIn signIn, ProviderLogout providers)
    {
        var issuer = await signIn.SignOutAsync(http);
        SeeOther(http, await providers.AddressAsync(issuer, http.RequestAborted) ?? "/ui/login");
    }

    // A reload repeats no form.
    private static void SeeOther(HttpContext http, string path)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = path;
    }
}
