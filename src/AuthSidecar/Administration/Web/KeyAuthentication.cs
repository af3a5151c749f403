using System.Text.Encodings.Web;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Administration.Web;

/// <summary>Denial of the presented key, for the answer.</summary>
internal sealed record KeyDenial(Denial Denial);

/// <summary>
/// Authenticates programs by <c>Authorization: Bearer</c> or <c>X-Api-Key</c>: a key of the store, a token of a trusted issuer, or the
/// master key. Role and status of an account are read from the store at each request.
/// </summary>
internal sealed class KeyAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    LiveOptions<AuthOptions> auth,
    Authenticator authenticator,
    FailedAuthThrottle throttle,
    CallerReader callers
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var (authorization, apiKey) = (Request.Headers.Authorization, Request.Headers["X-Api-Key"]);
        if (!auth.Current.Enabled)
        {
            return Deny(Denials.BearerAuthDisabled);
        }

        if (IsAmbiguous(authorization) || IsAmbiguous(apiKey))
        {
            return Deny(Denials.AmbiguousCredentials);
        }

        var token = BearerToken.Read(authorization) ?? apiKey.ToString().Trim();
        if (token.Length == 0)
        {
            return Deny(Denials.MissingCredential);
        }

        var address = Context.ClientAddress();
        var result = await authenticator.AuthenticateAsync(token, Context.RequestAborted, address);
        if (result.Identity is not { } identity)
        {
            return Deny(DenialOf(result.Failure, token, address));
        }

        return await CallerOfAsync(identity, token) is { } caller ? Accept(caller) : Deny(Denials.InvalidToken);
    }

    private async Task<Caller?> CallerOfAsync(Identity identity, string token)
    {
        if (Authenticator.IsMaster(identity))
        {
            return new(CallerKind.Master, "master") { Role = UserRole.Admin };
        }

        var caller = new Caller(CallerKind.Key, identity.Username ?? identity.Subject)
        {
            KeyId = identity.KeyId.Length > 0 ? identity.KeyId : null,
            Scopes = identity.Scopes,
            IsTenantBound = identity.Tenant is not null,
            IsDevice = TokenFamilies.Of(token) is TokenFamily.Aso or TokenFamily.Ase,
        };

        // A service's key has no user, also when an admin created it.
        if (identity is not { Type: SubjectType.Account, UserId: { } userId })
        {
            return caller;
        }

        // The owner of an imported key is a name in another system, which may be an admin's here.
        var owned = await callers.WithAccountAsync(caller, userId, Context.RequestAborted);
        return TokenFamilies.Of(token).ToFormat()?.IsImported() == true && owned is not null ? owned with { Role = UserRole.User } : owned;
    }

    private AuthenticateResult Accept(Caller caller)
    {
        Context.Features.Set(caller);
        return AuthenticateResult.Success(new(Principals.Of(caller, Scheme.Name), Scheme.Name));
    }

    private AuthenticateResult Deny(Denial denial)
    {
        Context.Features.Set(new KeyDenial(denial));
        return AuthenticateResult.Fail(denial.Reason);
    }

    private Denial DenialOf(AuthenticationFailure failure, string token, string? address)
    {
        var denial = AuthenticateStep.DenialFor(failure, token);
        if (denial.Is(Denials.InvalidToken))
        {
            throttle.Failed(address);
        }

        return denial.Is(Denials.TooManyFailures) ? denial with { RetryAfter = throttle.UntilLookup(address) } : denial;
    }

    private static bool IsAmbiguous(StringValues header) =>
        header.Count > 1 || (header.ToString() is var value && (value.Contains(',') || !HeaderText.IsVisible(value)));
}
