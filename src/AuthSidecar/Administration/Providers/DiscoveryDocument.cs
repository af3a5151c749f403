using AuthSidecar.Administration.Web;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace AuthSidecar.Administration.Providers;

/// <summary>
/// A provider's discovery document and keys (OpenID Connect Discovery 1.0), read when first needed and then refreshed. After a failure
/// further reads fail at once for a few seconds, so that requests do not queue for a provider that is down.
/// </summary>
internal sealed partial class DiscoveryDocument : IConfigurationValidator<OpenIdConnectConfiguration>
{
    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);
    private readonly string _issuer;
    private readonly FormTargets? _targets;
    private readonly TimeProvider _time;
    private readonly ILogger<DiscoveryDocument> _logger;
    private long _failedUntil;

    /// <param name="issuer">The issuer, exactly.</param>
    /// <param name="http">The client.</param>
    /// <param name="targets">Learns the provider's origins; null: no form leads to the provider.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public DiscoveryDocument(string issuer, HttpClient http, FormTargets? targets, TimeProvider time, ILogger<DiscoveryDocument> logger)
    {
        (_issuer, _targets, _time, _logger) = (issuer, targets, time, logger);
        targets?.Add(issuer);
        var retriever = new HttpDocumentRetriever(http) { RequireHttps = !new Uri(issuer).IsLoopback };
        Manager = new($"{issuer.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), retriever, this)
        {
            // An unknown key refreshes the keys, at most this often.
            RefreshInterval = TimeSpan.FromSeconds(30),
            AutomaticRefreshInterval = TimeSpan.FromHours(1),
        };
    }

    public ConfigurationManager<OpenIdConnectConfiguration> Manager { get; }

    /// <returns>Null: the provider is unavailable, or its document is not one of this issuer.</returns>
    public async Task<OpenIdConnectConfiguration?> FindAsync(CancellationToken cancellationToken)
    {
        if (_time.GetUtcNow().UtcTicks < Volatile.Read(ref _failedUntil))
        {
            return null;
        }

        try
        {
            var document = await Manager.GetConfigurationAsync(cancellationToken);
            _targets?.Add(document.AuthorizationEndpoint);
            _targets?.Add(document.EndSessionEndpoint);
            return document;
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            Volatile.Write(ref _failedUntil, (_time.GetUtcNow() + _pause).UtcTicks);
            LogUnavailable(fault, _issuer);
            return null;
        }
    }

    public ConfigurationValidationResult Validate(OpenIdConnectConfiguration configuration)
    {
        string?[] endpoints =
        [
            configuration.AuthorizationEndpoint,
            configuration.TokenEndpoint,
            configuration.UserInfoEndpoint,
            configuration.EndSessionEndpoint,
            configuration.PushedAuthorizationRequestEndpoint,
        ];
        var error =
            configuration.Issuer != _issuer ? $"its issuer is {configuration.Issuer}"
            : string.IsNullOrEmpty(configuration.AuthorizationEndpoint) || string.IsNullOrEmpty(configuration.TokenEndpoint)
                ? "it names no authorization_endpoint or no token_endpoint"
            : configuration.SigningKeys.Count == 0 ? "it has no signing keys"
            : Array.Find(endpoints, endpoint => !string.IsNullOrEmpty(endpoint) && !IsSecure(endpoint)) is { } insecure
                ? $"{insecure} is neither https nor http on the loopback, or has a user"
            : null;
        return error is null ? new() { Succeeded = true } : new() { Succeeded = false, ErrorMessage = error };
    }

    private static bool IsSecure(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var address)
        && address.UserInfo.Length == 0
        && (address.Scheme == Uri.UriSchemeHttps || address is { Scheme: "http", IsLoopback: true });

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Discovery document of identity provider {Issuer} unavailable or invalid; sign-in with it is refused."
    )]
    private partial void LogUnavailable(Exception exception, string issuer);
}
