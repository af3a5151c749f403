using System.Net;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Client;

/// <summary>The device's part of the device flow (RFC 8628) with one server.</summary>
internal sealed class DeviceClient : IDisposable
{
    private const int MostBytes = 64 * 1024;
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan _slower = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(1);

    /// <summary>For how long a server keeps an approved code that it does not call expired.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromMinutes(1);

    // A redirect would lead codes and tokens elsewhere.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = _patience,
        MaxResponseContentBufferSize = MostBytes,
        DefaultRequestHeaders = { { "User-Agent", $"authsidecar/{BuildInfo.Version}" }, { "Accept", "application/json" } },
    };

    private readonly Uri _server;
    private readonly TimeProvider _time;
    private ServerMetadata? _metadata;

    public DeviceClient(Uri server, TimeProvider time) => (_server, _time) = (server, time);

    private string Name => ServerAddress.NameOf(_server);

    /// <summary>Asks for the codes.</summary>
    /// <exception cref="ServerException">Refused, or unreachable.</exception>
    public async Task<DeviceAuthorization> StartAsync(string clientId, string label, string? scope, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string> { ["client_id"] = clientId, ["device_label"] = label };
        if (scope is not null)
        {
            fields["scope"] = scope;
        }

        var (status, text, _) = await PostAsync(
            (await MetadataAsync(cancellationToken)).DeviceAuthorization,
            "oauth/device/code",
            fields,
            cancellationToken
        );
        if (status != HttpStatusCode.OK)
        {
            throw Refused(status, Read<TokenAnswer>(text), clientId);
        }

        // What a terminal would obey is no code, and is escaped in an address.
        var started = Read<DeviceAuthorization>(text);
        return
            started is { DeviceCode.Length: > 0, UserCode.Length: > 0 and < 100, ExpiresIn: > 0 and < 100_000, Interval: >= 0 and < 1000 }
            && Rules.IsPrintable(started.UserCode)
            && WebAddress(started.Address) is { } address
            ? started with
            {
                Address = address,
                AddressWithCode = WebAddress(started.AddressWithCode),
            }
            : throw NotASidecar();
    }

    /// <summary>Polls until a person has decided, as slowly as the server asks.</summary>
    /// <exception cref="ServerException">Denied, expired, or refused.</exception>
    public async Task<TokenAnswer> WaitAsync(DeviceAuthorization started, string clientId, CancellationToken cancellationToken)
    {
        var endpoint = (await MetadataAsync(cancellationToken)).Token;
        var (pause, end) = (
            TimeSpan.FromSeconds(Math.Max(1, started.Interval)),
            _time.GetUtcNow() + TimeSpan.FromSeconds(started.ExpiresIn) + _grace
        );
        var fields = new Dictionary<string, string>
        {
            ["grant_type"] = DeviceGrant,
            ["device_code"] = started.DeviceCode!,
            ["client_id"] = clientId,
        };
        var wait = pause;
        while (_time.GetUtcNow() < end)
        {
            await Task.Delay(wait, _time, cancellationToken);
            wait = pause;
            try
            {
                var (status, text, retryAfter) = await PostAsync(endpoint, "oauth/token", fields, cancellationToken);
                var answer = Read<TokenAnswer>(text);
                switch (answer)
                {
                    case { Token.Length: > 0 } when status == HttpStatusCode.OK:
                        return IsToken(answer.Token) ? answer : throw NotASidecar();
                    case { Error: "authorization_pending" }:
                        break;
                    case { Error: "slow_down" }:
                        wait = pause += _slower;
                        break;
                    case { Error: "access_denied" }:
                        throw new ServerException("access_denied", "The request was denied in the browser.");
                    case { Error: "expired_token" }:
                        throw Expired();
                    case var _ when status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError:
                        wait = Longer(retryAfter ?? pause, pause);
                        break;
                    default:
                        throw Refused(status, answer, clientId);
                }
            }
            catch (ServerException lost) when (lost.IsUnreachable)
            {
                // RFC 8628, 3.5: after a lost connection, the device polls less often.
                wait = pause = Longer(pause * 2, pause);
            }
        }

        throw Expired();
    }

    /// <summary>Revokes a token (RFC 7009); one that is revoked or unknown needs nothing more.</summary>
    /// <exception cref="ServerException">Refused, or unreachable.</exception>
    public async Task RevokeAsync(string token, string clientId, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string>
        {
            ["token"] = token,
            ["token_type_hint"] = "access_token",
            ["client_id"] = clientId,
        };
        var endpoint = (await MetadataAsync(cancellationToken)).Revocation;
        var (status, text, _) = await PostAsync(endpoint, "oauth/revoke", fields, cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            throw Refused(status, Read<TokenAnswer>(text), clientId);
        }
    }

    public void Dispose() => _http.Dispose();

    private static TimeSpan Longer(TimeSpan wait, TimeSpan least) =>
        wait < least ? least
        : wait > _longestPause ? _longestPause
        : wait;

    private async Task<ServerMetadata> MetadataAsync(CancellationToken cancellationToken)
    {
        if (_metadata is not null)
        {
            return _metadata;
        }

        var (status, text, _) = await SendAsync(
            new(HttpMethod.Get, new Uri(_server, ".well-known/oauth-authorization-server")),
            cancellationToken
        );
        if (status == HttpStatusCode.NotFound)
        {
            return _metadata = new();
        }

        if (status >= HttpStatusCode.InternalServerError)
        {
            throw Unreachable($"it answers {(int)status}");
        }

        var metadata = status == HttpStatusCode.OK ? Read<ServerMetadata>(text) : null;
        return _metadata =
            metadata?.Issuer is not { Length: > 0 } issuer ? throw NotASidecar()
            : ServerAddress.TryParse(issuer, out var own) && own == _server ? metadata
            : throw new ServerException(
                "other_server",
                $"The server at {Name} has the address {Printable(issuer)}: give that as --server."
            );
    }

    // RFC 8414 permits other hosts; a sidecar has none, and a token goes nowhere else.
    private Task<(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)> PostAsync(
        string? endpoint,
        string otherwise,
        Dictionary<string, string> fields,
        CancellationToken cancellationToken
    )
    {
        var target =
            endpoint is null ? new(_server, otherwise)
            : Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) ? uri
            : null;
        return target is not null && ServerAddress.NameOf(target) == Name
            ? SendAsync(new(HttpMethod.Post, target) { Content = new FormUrlEncodedContent(fields) }, cancellationToken)
            : throw NotASidecar();
    }

    private async Task<(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        using (request)
        {
            try
            {
                using var answer = await _http.SendAsync(request, cancellationToken);
                var text = await answer.Content.ReadAsStringAsync(cancellationToken);
                return (answer.StatusCode, text, answer.Headers.RetryAfter?.Delta);
            }
            catch (HttpRequestException fault)
            {
                var why = (fault.InnerException ?? fault).Message;
                throw Unreachable(fault.HttpRequestError == HttpRequestError.SecureConnectionError ? $"no TLS connection: {why}" : why);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw Unreachable($"no answer within {_patience.TotalSeconds} seconds");
            }
        }
    }

    private static T? Read<T>(string text)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize<T>(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private ServerException Refused(HttpStatusCode status, TokenAnswer? answer, string clientId) =>
        answer?.Error switch
        {
            "unsupported_client" or "invalid_client" or "unauthorized_client" => new(
                answer.Error,
                $"The server does not know the client \"{clientId}\": its operator adds it to Device:Clients, or give --client."
            ),
            { Length: > 0 and < 100 } error => new(
                Printable(error),
                $"The server refused: {Printable(answer.Description is { Length: > 0 } text ? text : error)}"
            ),
            _ when status >= HttpStatusCode.InternalServerError => Unreachable($"it answers {(int)status}"),
            _ => NotASidecar(),
        };

    private static ServerException Expired() =>
        new("expired_token", "The code has expired before it was approved. Run the command again for a new one.");

    private ServerException NotASidecar() =>
        new(
            "no_device_flow",
            $"The server at {Name} does not answer as a sidecar with the device flow does. Is this its console's address?"
        );

    private ServerException Unreachable(string why) =>
        new("server_unreachable", $"The server {Name} cannot be reached: {Printable(why)}", isUnreachable: true);

    private static string? WebAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && ServerAddress.IsSecure(uri) ? uri.AbsoluteUri : null;

    // It becomes a line of output and a header.
    private static bool IsToken(string token) => token.Length < 4096 && !token.AsSpan().ContainsAnyExceptInRange('!', '~');

    // A terminal obeys control characters.
    private static string Printable(string text) => Rules.IsPrintable(text) ? text : "(unprintable)";
}
