using System.Security.Claims;
using System.Text.Encodings.Web;
using AuthSidecar.Access.Companion;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Administration.Web;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace AuthSidecar.Administration.OAuth;

/// <summary>
/// Authenticates services by <c>Auth:ServiceCredentials</c>. It makes no <see cref="Caller"/>, since a service manages nothing.
/// </summary>
internal sealed class ServiceAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options,
    ILoggerFactory loggers,
    UrlEncoder encoder,
    LiveOptions<ServiceCredentials> credentials
) : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    public const string Name = "service";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var authorization = Request.Headers.Authorization;
        if (authorization.Count == 0)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        if (authorization.Count == 1 && BearerToken.Read(authorization[0]) is { } token && credentials.Current.Contains(token))
        {
            var service = new ClaimsPrincipal(new ClaimsIdentity(Scheme.Name));
            return Task.FromResult(AuthenticateResult.Success(new(service, Scheme.Name)));
        }

        if (BasicAuthentication.IsUsed(Request))
        {
            Response.Headers.WWWAuthenticate = BasicAuthentication.Challenge;
            return Task.FromResult(Fail(BasicAuthentication.Refusal));
        }

        return Task.FromResult(Fail(Denials.InvalidToken));
    }

    private AuthenticateResult Fail(Denial denial)
    {
        Context.Features.Set(new KeyDenial(denial));
        return AuthenticateResult.Fail(denial.Reason);
    }
}
