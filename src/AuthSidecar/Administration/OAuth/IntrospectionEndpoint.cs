using System.Text.Json.Serialization;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.OAuth;

/// <summary>A token that is not in force, of whatever kind.</summary>
internal sealed record InactiveDocument(bool Active);

/// <summary>A token in force (RFC 7662 2.2).</summary>
/// <param name="Sub">Id of the user, or <c>ISSUER|SUBJECT</c> of an external identity.</param>
/// <param name="Exp">Seconds since 1970.</param>
/// <param name="Iat">Seconds since 1970.</param>
internal sealed record ActiveDocument(
    bool Active,
    string Scope,
    string TokenType,
    string Sub,
    string SubjectType,
    string TokenId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ClientId,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Username,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] long? Exp,
    long Iat
);

/// <summary>Facts of a token for services (RFC 7662).</summary>
internal sealed class IntrospectionEndpoint(Authenticator authenticator, ShowKey show)
{
    private static readonly InactiveDocument _inactive = new(false);

    public async Task<IResult> ShowAsync(HttpContext http) =>
        new OAuthAnswer(await FindAsync((await OAuthParameters.ReadAsync(http)).Required("token"), http.RequestAborted));

    private async Task<object> FindAsync(string token, CancellationToken cancellationToken)
    {
        // Only tokens of this sidecar: not the master key, and not those of identity providers, which have an introspection of their own.
        if (!KeyToken.TryParse(token, out _))
        {
            return _inactive;
        }

        var result = await authenticator.AuthenticateAsync(token, cancellationToken);
        if (result.Identity is not { KeyId.Length: > 0 } identity)
        {
            return result.Failure is AuthenticationFailure.StoreUnavailable or AuthenticationFailure.Undecided
                ? throw new OAuthException(
                    StatusCodes.Status503ServiceUnavailable,
                    Denials.StoreUnavailable.Reason,
                    "The store is unavailable."
                )
                {
                    RetryAfter = TimeSpan.FromSeconds(1),
                }
                : _inactive;
        }

        return await show.RunAsync(identity.KeyId, cancellationToken) is { Refusal: null, Value: { RevokedAt: null } key }
            ? Document(identity, key)
            : _inactive;
    }

    private static ActiveDocument Document(Identity identity, ApiKey key) =>
        new(
            true,
            SpaceSeparated.Join(identity.Scopes),
            "Bearer",
            identity.Subject,
            identity.Type.ToWireName(),
            identity.KeyId,
            key.ClientId,
            identity.Username,
            identity.ExpiresAt?.ToUnixTimeSeconds(),
            key.CreatedAt.ToUnixTimeSeconds()
        );
}
