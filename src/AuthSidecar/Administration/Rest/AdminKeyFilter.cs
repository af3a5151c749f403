using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Authorization;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Administration.Rest;

/// <summary>
/// Authorizes requests for reports: an admin's own key with scope <c>full</c>, as <c>Authorization: Bearer</c> or <c>X-Api-Key</c>, or the
/// master key where it is enabled.
/// </summary>
internal sealed class AdminKeyFilter(
    LiveOptions<AuthOptions> auth,
    Authenticator authenticator,
    FailedAuthThrottle throttle,
    AdminReader admins
) : IEndpointFilter
{
    private static readonly Denial _notAdmin = new(
        "admin_required",
        StatusCodes.Status403Forbidden,
        "Only a key of an admin that is bound to no tenant may ask this."
    );

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        return await AuthorizeAsync(http) is { } denial ? Problem.Of(denial, http.Response) : await next(context);
    }

    private async Task<Denial?> AuthorizeAsync(HttpContext http)
    {
        if (!auth.Current.Enabled)
        {
            return Denials.BearerAuthDisabled;
        }

        var (authorization, apiKey) = (http.Request.Headers.Authorization, http.Request.Headers["X-Api-Key"]);
        if (IsAmbiguous(authorization) || IsAmbiguous(apiKey))
        {
            return Denials.AmbiguousCredentials;
        }

        var token = BearerToken.Read(authorization) ?? apiKey.ToString().Trim();
        if (token.Length == 0)
        {
            return Denials.MissingCredential;
        }

        var address = http.Connection.RemoteIpAddress?.ToString();
        var result = await authenticator.AuthenticateAsync(token, http.RequestAborted, address);
        return result.Identity is { } identity
            ? await AuthorizeAsync(identity, TokenFamilies.Of(token), http.RequestAborted)
            : DenialOf(result.Failure, token, address);
    }

    private async Task<Denial?> AuthorizeAsync(Identity identity, TokenFamily family, CancellationToken cancellationToken)
    {
        if (Authenticator.IsMaster(identity))
        {
            return null;
        }

        // A service's key has no user, also when an admin created it. A device's token has the scope full, but was given for a device.
        if (family is TokenFamily.Aso or TokenFamily.Ase || identity is not { Type: SubjectType.Account, UserId: { } userId })
        {
            return Denials.WrongSurface;
        }

        if (!AccessRules.HasScopes(identity, [AccessRules.FullScope]))
        {
            return Denials.InsufficientScope;
        }

        // Its owner is a name in another system, which may be an admin's here.
        return identity.Tenant is null && family.ToFormat()?.IsImported() != true && await admins.IsAdminAsync(userId, cancellationToken)
            ? null
            : _notAdmin;
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
