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
        else if (IsRead(http.Request))
        {
            SeeOther(http, "/ui/login");
        }
        else
        {
            await AskAsync(http, "/ui/login", StatusCodes.Status401Unauthorized, http.Features.Get<EndedSession>()?.UserId);
        }
    }

    private Task ForbidAsync(HttpContext http, string word)
    {
        if (!Refusals.IsPage(http.Request) || PageFor(word) is not { } page)
        {
            return http.RefuseAsync(StatusCodes.Status403Forbidden, word, Message(word));
        }

        if (!IsRead(http.Request))
        {
            return AskAsync(http, page, StatusCodes.Status403Forbidden, http.FindCaller()?.UserId);
        }

        SeeOther(http, page);
        return Task.CompletedTask;
    }

    // The page asks for the password and sends the form again.
    private async Task AskAsync(HttpContext http, string page, int status, string? userId)
    {
        await drafts.KeepAsync(http, userId);
        http.Features.Set(new PageInstead(page, status));
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

    // A device is approved on the page that shows its facts, so that form is not sent again after a login; its page is opened.
    private static bool IsRead(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || request.Path.StartsWithSegments("/device");

    private static void SeeOther(HttpContext http, string page)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = page + ReturnPath.Query($"{http.Request.Path}{http.Request.QueryString}");
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
