using System.Globalization;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;

namespace AuthSidecar.Administration.OAuth;

/// <summary>An answer in JSON with members in snake_case, which nothing may cache (RFC 6749 5.1).</summary>
internal sealed record OAuthAnswer(object Body) : IResult
{
    private static readonly JsonSerializerOptions _json = new(JsonFormat.Options)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
    };

    public Task ExecuteAsync(HttpContext httpContext)
    {
        ForbidCaching(httpContext.Response);
        return httpContext.Response.WriteAsJsonAsync(Body, Body.GetType(), _json, httpContext.RequestAborted);
    }

    public static void ForbidCaching(HttpResponse response)
    {
        response.Headers.CacheControl = "no-store";
        response.Headers.Pragma = "no-cache";
    }
}

/// <summary>Ends a request with an error, which <see cref="OAuthFilter"/> writes.</summary>
internal sealed class OAuthException(int status, string error, string description) : Exception(description)
{
    public const string InvalidRequest = "invalid_request";

    public int Status => status;
    public string Error => error;

    /// <summary>Time until a retry may succeed; null: never, or at any time.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Value of <c>WWW-Authenticate</c>; null: none.</summary>
    public string? Challenge { get; init; }

    public static OAuthException Invalid(string description) => new(StatusCodes.Status400BadRequest, InvalidRequest, description);

    public static OAuthException Misdirected() =>
        new(
            StatusCodes.Status421MisdirectedRequest,
            "misdirected_request",
            "The console has no address for people under this host name; the setting Console:PublicUrl names one."
        );

    public static OAuthException Throttled(TimeSpan wait) =>
        new(StatusCodes.Status429TooManyRequests, "too_many_requests", "Too many requests; try again later.") { RetryAfter = wait };

    public static OAuthException Of(Refusal refusal)
    {
        var status = Problem.StatusOf(refusal.Kind);
        return new(status, refusal.Code == "invalid_argument" ? InvalidRequest : refusal.Code, refusal.Message)
        {
            RetryAfter = refusal.RetryAfter
                ?? (status is StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable ? _soon : null),
        };
    }

    private static readonly TimeSpan _soon = TimeSpan.FromSeconds(1);
}

/// <summary>Writes the errors of OAuth endpoints, and forbids the caching of every answer.</summary>
internal sealed class OAuthFilter : IEndpointFilter
{
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        OAuthAnswer.ForbidCaching(http.Response);
        try
        {
            return await next(context);
        }
        catch (OAuthException refusal)
        {
            if (refusal.RetryAfter is { } wait)
            {
                var seconds = Math.Max(1, (long)Math.Ceiling(wait.TotalSeconds));
                http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            if (refusal.Challenge is { } challenge)
            {
                http.Response.Headers.WWWAuthenticate = challenge;
            }

            return OAuthErrors.Of(http.Request, refusal.Status, refusal.Error, refusal.Message);
        }
    }
}
