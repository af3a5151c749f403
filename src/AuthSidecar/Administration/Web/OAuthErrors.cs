using System.Text.Json.Serialization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.Web;

/// <summary>Error of an OAuth endpoint (RFC 6749 5.2).</summary>
/// <param name="Error">Stable identifier.</param>
/// <param name="ErrorDescription">Text for people; never from an exception.</param>
internal sealed record OAuthError(
    [property: JsonPropertyName("error")] string Error,
    [property: JsonPropertyName("error_description")] string ErrorDescription
);

/// <summary>Error of dify's account routes.</summary>
/// <param name="Code">Identifier by the status.</param>
/// <param name="Message">Text for people; never from an exception.</param>
/// <param name="Status">HTTP status.</param>
internal sealed record DifyError(string Code, string Message, int Status);

/// <summary>Refusals on the paths of the OAuth endpoints and their aliases.</summary>
internal static class OAuthErrors
{
    private const string InvalidRequest = "invalid_request";

    private static readonly PathString[] _roots = ["/oauth", "/openapi", "/.well-known/oauth-authorization-server"];

    /// <summary>True for paths that answer as OAuth endpoints do.</summary>
    public static bool IsOAuth(HttpRequest request) => Array.Exists(_roots, root => request.Path.StartsWithSegments(root));

    public static IResult Of(HttpRequest request, Denial denial) => Of(request, denial.Status, WordOf(denial), denial.Message);

    /// <param name="request">Its path decides the shape.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="error">Stable identifier.</param>
    /// <param name="description">Text for people.</param>
    public static IResult Of(HttpRequest request, int status, string error, string description) =>
        request.Path.StartsWithSegments("/openapi/v1/account")
            ? Results.Json(new DifyError(CodeOf(status), description, status), JsonFormat.Options, null, status)
            : Results.Json(new OAuthError(error, description), JsonFormat.Options, null, status);

    private static string WordOf(Denial denial) =>
        denial.Reason is "invalid_argument" or "content_too_large" or "unsupported_media_type" or "method_not_allowed"
            ? InvalidRequest
            : denial.Reason;

    private static string CodeOf(int status) =>
        status switch
        {
            400 => "bad_request",
            401 => "unauthorized",
            403 => "forbidden",
            404 => "not_found",
            405 => "method_not_allowed",
            406 => "not_acceptable",
            413 => "request_entity_too_large",
            429 => "too_many_requests",
            500 => "internal_server_error",
            503 => "service_unavailable",
            _ => "unknown",
        };
}
