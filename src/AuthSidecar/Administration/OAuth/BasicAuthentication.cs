using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Administration.OAuth;

/// <summary>
/// HTTP Basic, which no OAuth endpoint accepts: clients are public and have no secret, and services send a bearer token. The challenge is
/// that of the scheme which the caller used (RFC 6749 5.2).
/// </summary>
internal static class BasicAuthentication
{
    public const string Challenge = "Basic realm=\"authsidecar\"";

    private const string Scheme = "Basic";

    public static Denial Refusal { get; } =
        new("invalid_client", StatusCodes.Status401Unauthorized, "HTTP Basic is not accepted: services send a bearer token.");

    public static bool IsUsed(HttpRequest request) => request.Headers.Authorization.Any(IsBasic);

    private static bool IsBasic(string? value)
    {
        var text = value.AsSpan().Trim();
        return text.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            && (text.Length == Scheme.Length || char.IsWhiteSpace(text[Scheme.Length]));
    }
}

/// <summary>Refuses clients that authenticate by HTTP Basic.</summary>
internal sealed class PublicClients : IEndpointFilter
{
    public ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next) =>
        BasicAuthentication.IsUsed(context.HttpContext.Request)
            ? throw new OAuthException(
                StatusCodes.Status401Unauthorized,
                BasicAuthentication.Refusal.Reason,
                "Clients have no secret: send client_id in the body, without HTTP Basic."
            )
            {
                Challenge = BasicAuthentication.Challenge,
            }
            : next(context);
}
