using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authentication;

namespace AuthSidecar.Administration.Providers;

/// <summary>Receives a browser back from a provider of the console.</summary>
internal sealed partial class ProviderCallback(
    LogInByProvider logIn,
    LinkProvedIdentity link,
    ReauthenticateByProvider reauthenticate,
    SignIn signIn,
    ILogger<ProviderCallback> logger
)
{
    /// <summary>Answers 303 to a page of the console, always.</summary>
    public async Task RunAsync(HttpContext http, LoginProvider provider)
    {
        if (await ReceiveAsync(http, provider) is not { } answer)
        {
            var refusal = http.Features.Get<ProviderRefusal>() ?? new(SignInFailures.Failed, null);
            LogRefused(refusal.Fault, provider.Name, refusal.Word);
            SeeOther(http, SignInFailures.PathOf(refusal.Word, provider));
            return;
        }

        var outcome = answer.Errand.Kind switch
        {
            ErrandKind.LogIn => await LogInAsync(http, provider, answer),
            ErrandKind.Link => await InSessionAsync(http, answer, caller => link.RunAsync(caller, answer.Claims, http.RequestAborted)),
            ErrandKind.Reauthenticate => await InSessionAsync(http, answer, caller =>
                reauthenticate.RunAsync(caller, answer, http.RequestAborted)
            ),
            _ => Refusal.Forbidden(SignInFailures.Failed, "The sign-in was for another purpose."),
        };
        if (outcome is { } refused)
        {
            LogRefused(null, provider.Name, refused.Code);
            SeeOther(http, SignInFailures.PathOf(refused.Code, provider));
            return;
        }

        SeeOther(http, ReturnPath.Of(answer.Errand.Return));
    }

    /// <summary>Validates the answer of a provider, for every purpose.</summary>
    /// <returns>Null: refused; the request then has a <see cref="ProviderRefusal"/>, or the answer was not one of a sign-in.</returns>
    public static async Task<SignInAnswer?> ReceiveAsync(HttpContext http, LoginProvider provider)
    {
        var handlers = http.RequestServices.GetRequiredService<IAuthenticationHandlerProvider>();
        if (await handlers.GetHandlerAsync(http, provider.Scheme) is IAuthenticationRequestHandler handler)
        {
            await handler.HandleRequestAsync();
        }

        return http.Features.Get<ProviderRefusal>() is null ? http.Features.Get<SignInAnswer>() : null;
    }

    private async Task<Refusal?> LogInAsync(HttpContext http, LoginProvider provider, SignInAnswer answer)
    {
        var outcome = await logIn.RunAsync(provider, answer.Claims, http.ClientAddress(), http.RequestAborted);
        if (outcome.Refusal is { } refusal)
        {
            return refusal;
        }

        // Without a time of the proof, dangerous changes need a new one.
        await signIn.SignInAsync(
            http,
            outcome.Value,
            issuer: provider.Issuer,
            issuerSessionId: answer.Claims.SessionId,
            provedAt: logIn.ProvedAt(answer.Claims)
        );
        return null;
    }

    private static async Task<Refusal?> InSessionAsync<T>(HttpContext http, SignInAnswer answer, Func<Caller, Task<Outcome<T>>> run)
        where T : class =>
        await http.SessionAsync() is { SessionId: { } id } caller && id == answer.Errand.SessionId
            ? (await run(caller)).Refusal
            : Refusal.Forbidden(SignInFailures.SessionEnded, "The session has ended.");

    private static void SeeOther(HttpContext http, string path)
    {
        http.Response.StatusCode = StatusCodes.Status303SeeOther;
        http.Response.Headers.Location = path;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Sign-in by identity provider {Provider} refused: {Reason}.")]
    private partial void LogRefused(Exception? exception, string provider, string reason);
}
