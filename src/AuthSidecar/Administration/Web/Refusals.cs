using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Web;

/// <summary>A page of the console that answers instead of the requested one.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Status">Status of the answer.</param>
internal sealed record PageInstead(PathString Path, int Status);

/// <summary>Refusal of a request, for the error page.</summary>
internal sealed record PageRefusal(int Status, string Word);

/// <summary>Refusals: a page for people, problem details (RFC 9457) for programs.</summary>
internal static class Refusals
{
    public static readonly PathString ErrorPath = "/ui/error";

    /// <summary>True for paths that answer with pages.</summary>
    public static bool IsPage(HttpRequest request) =>
        request.Path is var path && (path == "/" || path.StartsWithSegments("/ui") || path.StartsWithSegments("/device"));

    /// <summary>True while a page is rendered instead of the requested one, whose checks are over.</summary>
    public static bool IsAnsweredByPage(this HttpContext http) => http.Features.Get<PageInstead>() is not null;

    /// <param name="http">The request.</param>
    /// <param name="status">Status of the answer.</param>
    /// <param name="word">Machine-readable reason.</param>
    /// <param name="detail">Message for people.</param>
    /// <param name="retryAfter">Time until a retry may succeed.</param>
    public static Task RefuseAsync(this HttpContext http, int status, string word, string detail, TimeSpan? retryAfter = null) =>
        http.RefuseAsync(new Denial(word, status, detail) { RetryAfter = retryAfter });

    public static Task RefuseAsync(this HttpContext http, Denial denial)
    {
        var problem = Problem.Of(denial, http.Response);
        if (OAuthErrors.IsOAuth(http.Request))
        {
            return OAuthErrors.Of(http.Request, denial).ExecuteAsync(http);
        }

        if (!IsPage(http.Request) || Schemes.HasKey(http.Request))
        {
            return problem.ExecuteAsync(http);
        }

        http.Features.Set(new PageRefusal(denial.Status, denial.Reason));
        http.Features.Set(new PageInstead(ErrorPath, denial.Status));
        return Task.CompletedTask;
    }
}
