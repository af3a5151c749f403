using AuthSidecar.Decisions.Vocabulary;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;

namespace AuthSidecar.Administration.Web;

/// <summary>Answers of requests that the policies refuse.</summary>
internal sealed class AuthorizationAnswers(Drafts drafts) : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(
        RequestDelegate next,
        HttpContext context,
        AuthorizationPolicy policy,
        PolicyAuthorizationResult authorizeResult
    )
    {
        // Nothing matched, or routing itself refuses the method: 404, 405, 415.
        if (authorizeResult.Succeeded || context.GetEndpoint() is not RouteEndpoint)
        {
            await next(context);
        }
        else if (authorizeResult.Challenged)
        {
            await ChallengeAsync(context);
        }
        else
        {
            await ForbidAsync(context, WordOf(authorizeResult));
        }
    }

    private async Task ChallengeAsync(HttpContext http)
    {
        if (http.Features.Get<KeyDenial>() is { Denial: var denial })
        {
            await http.RefuseAsync(denial);
        }
        else if (!Refusals.IsPage(http.Request))
        {
            await http.RefuseAsync(Denials.MissingCredential);
        }
        else if (HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method))
        {
            SeeOther(http, "/ui/login");
        }
        else
        {
            // The form is shown again after the login.
            await drafts.KeepAsync(http);
            http.Features.Set(new PageInstead("/ui/login", StatusCodes.Status401Unauthorized));
        }
    }

    private static Task ForbidAsync(HttpContext http, string word)
    {
        if (Refusals.IsPage(http.Request) && PageFor(word) is { } page)
        {
            SeeOther(http, page);
            return Task.CompletedTask;
        }

        return http.RefuseAsync(StatusCodes.Status403Forbidden, word, Message(word));
    }

    private static string? PageFor(string word) =>
        word switch
        {
            CallerRules.ReauthenticationRequired => "/ui/reauthenticate",
            CallerRules.PasswordChangeRequired => "/ui/set-password",
            _ => null,
        };

    private static string WordOf(PolicyAuthorizationResult result) =>
        result.AuthorizationFailure?.FailureReasons.FirstOrDefault()?.Message ?? CallerRules.WrongSurface;

    // Back to the page that was asked for; after a form, to the page with the form.
    private static void SeeOther(HttpContext http, string page)
    {
        var request = http.Request;
        var query = HttpMethods.IsGet(request.Method) ? request.QueryString.Value : "";
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = page + ReturnPath.Query($"{request.Path}{query}");
    }

    private static string Message(string word) =>
        word switch
        {
            CallerRules.AdminRequired => "Only an administrator may do this.",
            CallerRules.InsufficientScope => "The key lacks the scope \"manage\".",
            CallerRules.SessionRequired => "This needs a login in a browser.",
            CallerRules.ReauthenticationRequired => "Confirm your password first: POST /auth/reauthenticate.",
            CallerRules.PasswordChangeRequired => "Set a new password first: POST /auth/password.",
            _ => "This kind of credential is not accepted here.",
        };
}
