using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace AuthSidecar.Administration.Pages;

/// <summary>Why a sign-in by an identity provider failed, in a person's words and without details of the fault.</summary>
[AllowAnonymous]
internal sealed class SignInFailedModel(LoginProviders providers) : PageModel
{
    public string Title { get; private set; } = "";
    public string Text { get; private set; } = "";
    public string Next { get; private set; } = "/ui/login";
    public string NextText { get; private set; } = "Go to the sign-in page";

    public async Task OnGetAsync(string? reason, string? provider)
    {
        var failure = HttpContext.Features.Get<SignInFailure>();
        var name = (failure?.Provider ?? providers.FindAccount(provider))?.Title ?? "the provider";
        (Title, Text) = TextOf(failure?.Word ?? reason, name);
        if (await HttpContext.SessionAsync() is not null)
        {
            (Next, NextText) = ("/ui/me/profile", "Go to your profile");
        }
    }

    private static (string Title, string Text) TextOf(string? word, string name) =>
        word switch
        {
            SignInFailures.Unavailable => (
                $"{name} does not answer right now",
                "Try again in a few seconds. If you have a password here, you can sign in with it meanwhile."
            ),
            SignInFailures.Cancelled => (
                $"{name} did not sign you in",
                "The sign-in was cancelled, or you may not use this application there."
            ),
            SignInFailures.NotLinked => (
                "No account is linked to you yet",
                $"You are known at {name}, but no account here is linked to you. If you have a password here, sign in with it and link "
                    + "your identity on your profile. Else ask an administrator for an account."
            ),
            SignInFailures.DomainNotAllowed => (
                "No account is made for your e-mail address",
                $"Accounts are made for verified addresses of certain domains, and {name} confirms none of them for you. "
                    + "Ask an administrator."
            ),
            SignInFailures.Inactive => ("Your account may not sign in", "Ask an administrator to enable it."),
            SignInFailures.SessionEnded => ("Your session has ended", "Sign in again, then repeat what you did."),
            SignInFailures.OtherPerson => (
                $"You signed in at {name} as another person",
                "To confirm that it is you, sign in there with the identity that is linked to your account."
            ),
            SignInFailures.NotFresh => (
                $"{name} did not ask you to sign in again",
                "This change needs a new sign-in. Sign out at the provider and try again, or use your password here."
            ),
            "identity_taken" => (
                "This identity belongs to another account",
                "It is linked to another account here. Unlink it there first, or ask an administrator."
            ),
            "identity_exists" => ($"You have an identity of {name} already", "Unlink it first to link another."),
            _ => (
                $"The sign-in with {name} did not succeed",
                "Nothing was changed. Start again from the sign-in page; a sign-in must be finished within a quarter of an hour, in one "
                    + "browser."
            ),
        };
}
