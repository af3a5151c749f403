using AuthSidecar.Administration.Web;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace AuthSidecar.Administration.Providers;

/// <summary>
/// A provider's discovery document and keys (OpenID Connect Discovery 1.0), read when first needed and then refreshed. One read serves all
/// callers, and none of them waits longer than 3 s for it: a provider that hangs does not hold up requests. After a failure there is no
/// further read for a few seconds. The last valid document stays in force.
/// </summary>
internal sealed partial class DiscoveryDocument : BaseConfigurationManager, IConfigurationManager<OpenIdConnectConfiguration>
{
    /// <summary>Longest wait of a caller.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan _pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _lifetime = TimeSpan.FromHours(1);

    // An unknown key refreshes the keys, at most this often.
    private static readonly TimeSpan _refreshInterval = TimeSpan.FromSeconds(30);

    private readonly string _issuer;
    private readonly HttpDocumentRetriever _retriever;
    private readonly FormTargets? _targets;
    private readonly TimeProvider _time;
    private readonly ILogger<DiscoveryDocument> _logger;
    private readonly Lock _lock = new();
    private volatile OpenIdConnectConfiguration? _current;
    private Task<OpenIdConnectConfiguration?> _reading = Task.FromResult<OpenIdConnectConfiguration?>(null);
    private DateTimeOffset _nextRead = DateTimeOffset.MinValue;
    private DateTimeOffset _nextRequest = DateTimeOffset.MinValue;

    /// <param name="issuer">The issuer, exactly.</param>
    /// <param name="http">The client; its timeout bounds a read.</param>
    /// <param name="targets">Learns the provider's origins; null: no form leads to the provider.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public DiscoveryDocument(string issuer, HttpClient http, FormTargets? targets, TimeProvider time, ILogger<DiscoveryDocument> logger)
    {
        (_issuer, _targets, _time, _logger) = (issuer, targets, time, logger);
        targets?.Add(issuer);
        _retriever = new(http) { RequireHttps = !new Uri(issuer).IsLoopback };
        MetadataAddress = $"{issuer.TrimEnd('/')}/.well-known/openid-configuration";
    }

    /// <returns>Null: the provider is unavailable, or its document is not one of this issuer.</returns>
    public async Task<OpenIdConnectConfiguration?> FindAsync(CancellationToken cancellationToken)
    {
        var reading = ReadIfDue();
        return _current ?? await WaitAsync(reading, cancellationToken);
    }

    /// <exception cref="InvalidOperationException">As null of <see cref="FindAsync"/>.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(CancellationToken cancel) =>
        await FindAsync(cancel) ?? throw new InvalidOperationException($"The discovery document of {_issuer} is unavailable.");

    public override async Task<BaseConfiguration> GetBaseConfigurationAsync(CancellationToken cancel) =>
        await GetConfigurationAsync(cancel);

    /// <summary>Begins a read, at most one each half minute; the former keys stay in force until its end.</summary>
    public override void RequestRefresh()
    {
        lock (_lock)
        {
            var now = _time.GetUtcNow();
            if (now >= _nextRequest)
            {
                (_nextRequest, _nextRead) = (now + _refreshInterval, now);
                _ = ReadIfDue();
            }
        }
    }

    private Task<OpenIdConnectConfiguration?> ReadIfDue()
    {
        lock (_lock)
        {
            if (_reading.IsCompleted && _time.GetUtcNow() >= _nextRead)
            {
                _reading = Task.Run(ReadAsync);
            }

            return _reading;
        }
    }

    private async Task<OpenIdConnectConfiguration?> WaitAsync(
        Task<OpenIdConnectConfiguration?> reading,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await reading.WaitAsync(Patience, _time, cancellationToken);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    // Belongs to no caller, so that none can cancel it.
    private async Task<OpenIdConnectConfiguration?> ReadAsync()
    {
        try
        {
            var document = await OpenIdConnectConfigurationRetriever.GetAsync(MetadataAddress, _retriever, CancellationToken.None);
            if (ErrorOf(document) is { } error)
            {
                throw new InvalidDataException(error);
            }

            _targets?.Add(document.AuthorizationEndpoint);
            _targets?.Add(document.EndSessionEndpoint);
            _current = document;
            Postpone(_lifetime);
            return document;
        }
        catch (Exception fault)
        {
            if (_current is null)
            {
                Postpone(_pause);
                LogUnavailable(fault, _issuer);
            }
            else
            {
                Postpone(_refreshInterval);
                LogNotRefreshed(fault, _issuer);
            }

            return null;
        }
    }

    private void Postpone(TimeSpan time)
    {
        lock (_lock)
        {
            _nextRead = _time.GetUtcNow() + time;
        }
    }

    private string? ErrorOf(OpenIdConnectConfiguration configuration)
    {
        string?[] endpoints =
        [
            configuration.AuthorizationEndpoint,
            configuration.TokenEndpoint,
            configuration.UserInfoEndpoint,
            configuration.EndSessionEndpoint,
            configuration.PushedAuthorizationRequestEndpoint,
        ];
        return configuration.Issuer != _issuer ? $"its issuer is {configuration.Issuer}"
            : string.IsNullOrEmpty(configuration.AuthorizationEndpoint) || string.IsNullOrEmpty(configuration.TokenEndpoint)
                ? "it names no authorization_endpoint or no token_endpoint"
            : configuration.SigningKeys.Count == 0 ? "it has no signing keys"
            : Array.Find(endpoints, endpoint => !string.IsNullOrEmpty(endpoint) && !IsSecure(endpoint)) is { } insecure
                ? $"{insecure} is neither https nor http on the loopback, or has a user"
            : null;
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

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Discovery document of identity provider {Issuer} unavailable or invalid; the former one stays in force."
    )]
    private partial void LogNotRefreshed(Exception exception, string issuer);
}
