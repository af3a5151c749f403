using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AuthSidecar.Administration.Providers;

/// <summary>The authentication scheme of a provider: authorization code with PKCE, state and nonce (RFC 9700 2.1).</summary>
internal static class ProviderScheme
{
    /// <summary>Algorithms with which providers sign; never a symmetric one.</summary>
    public static readonly string[] Algorithms = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"];

    private const string Correlation = "__Host-authsidecar-signin.";
    private const string Nonce = "__Host-authsidecar-nonce.";

    /// <summary>Time in which the person must come back from the provider.</summary>
    private static readonly TimeSpan _longest = TimeSpan.FromMinutes(15);

    public static void Configure(OpenIdConnectOptions options, LoginProvider provider, HttpClient http)
    {
        var login = provider.Options;
        options.Authority = provider.Issuer;
        options.ConfigurationManager = provider.Discovery;
        options.ClientId = login.ClientId;
        options.ClientSecret = login.ClientSecret!.Reveal();
        options.RequireHttpsMetadata = !new Uri(provider.Issuer).IsLoopback;
        options.Backchannel = http;
        options.CallbackPath = provider.CallbackPath;
        options.SignInScheme = Schemes.Session;
        options.ResponseType = OpenIdConnectResponseType.Code;

        // A form from the provider's page would come without SameSite=Lax cookies.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.Scope.Clear();
        foreach (var scope in new[] { "openid", "profile", "email" })
        {
            options.Scope.Add(scope);
        }

        options.MapInboundClaims = false;
        options.SaveTokens = false;
        options.GetClaimsFromUserInfoEndpoint = true;
        options.DisableTelemetry = true;
        options.RemoteAuthenticationTimeout = _longest;
        options.ProtocolValidator.NonceLifetime = _longest;
        options.TokenValidationParameters.ValidAlgorithms = Algorithms;
        Secure(options.CorrelationCookie, Correlation);
        Secure(options.NonceCookie, Nonce);
        options.NonceCookie.Expiration = _longest;
        options.Events = new ProviderEvents(provider);
    }

    /// <summary>True for the name of a cookie of a begun sign-in.</summary>
    public static bool IsCookie(string name) =>
        name.StartsWith(Correlation, StringComparison.Ordinal) || name.StartsWith(Nonce, StringComparison.Ordinal);

    private static void Secure(CookieBuilder cookie, string name)
    {
        cookie.Name = name;
        cookie.Path = "/";
        cookie.HttpOnly = true;
        cookie.SameSite = SameSiteMode.Lax;
        cookie.SecurePolicy = CookieSecurePolicy.Always;
        cookie.IsEssential = true;
    }
}
