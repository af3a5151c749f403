using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.Providers;

/// <summary>Why a sign-in by a provider ended without one; words for the page that says so.</summary>
internal static class SignInFailures
{
    /// <summary>The provider does not answer, or its discovery document is invalid.</summary>
    public const string Unavailable = "provider_unavailable";

    /// <summary>The answer is not valid: state, nonce, issuer, signature, audience or time.</summary>
    public const string Failed = "sign_in_failed";

    /// <summary>The person or the provider refused.</summary>
    public const string Cancelled = "cancelled";

    public const string NotLinked = "not_linked";
    public const string DomainNotAllowed = "domain_not_allowed";
    public const string Inactive = "inactive";

    /// <summary>The session of a link or a new proof has ended, or is another.</summary>
    public const string SessionEnded = "session_ended";

    /// <summary>The new proof is one of another person.</summary>
    public const string OtherPerson = "other_person";

    /// <summary>The provider asked for no new proof, or does not say when it did.</summary>
    public const string NotFresh = "not_fresh";

    private static readonly PathString _page = "/ui/sign-in-failed";

    /// <summary>Leads to the page about a failure.</summary>
    public static string PathOf(string word, LoginProvider provider) => $"{_page}?reason={word}&provider={provider.Name}";

    /// <summary>Answers with the page that the provider is unavailable, 503.</summary>
    public static void Unreachable(HttpContext http, LoginProvider provider)
    {
        http.Response.Clear();
        http.Response.Headers.RetryAfter = "5";
        http.Features.Set(new SignInFailure(Unavailable, provider));
        http.Features.Set(new PageInstead(_page, StatusCodes.Status503ServiceUnavailable));
    }
}

/// <summary>A failure that the page answers in place.</summary>
internal sealed record SignInFailure(string Word, LoginProvider Provider);
