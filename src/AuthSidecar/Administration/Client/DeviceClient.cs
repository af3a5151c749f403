using System.Net;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Client;

/// <summary>The device's part of the device flow (RFC 8628) with one server.</summary>
internal sealed class DeviceClient(Uri address, TimeProvider time) : IDisposable
{
    private const string DeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";
    private static readonly TimeSpan _slower = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan _longestPause = TimeSpan.FromMinutes(1);

    /// <summary>For how long a server keeps an approved code that it does not call expired.</summary>
    private static readonly TimeSpan _grace = TimeSpan.FromMinutes(1);

    private readonly DeviceServer _server = new(address);

    /// <summary>Asks for the codes.</summary>
    /// <exception cref="ServerException">Refused, or unreachable.</exception>
    public async Task<DeviceAuthorization> StartAsync(string clientId, string label, string? scope, CancellationToken cancellationToken)
    {
        var fields = new Dictionary<string, string> { ["client_id"] = clientId, ["device_label"] = label };
        if (scope is not null)
        {
            fields["scope"] = scope;
        }

        var (status, text, _) = await _server.PostAsync(
            (await _server.MetadataAsync(cancellationToken)).DeviceAuthorization,
            "oauth/device/code",
            fields,
            cancellationToken
        );
        if (status != HttpStatusCode.OK)
        {
            throw _server.Refused(status, DeviceServer.Read<TokenAnswer>(text), clientId);
        }

        // What a terminal would obey is no code, and is escaped in an address.
        var started = DeviceServer.Read<DeviceAuthorization>(text);
        return
            started is { DeviceCode.Length: > 0, UserCode.Length: > 0 and < 100, ExpiresIn: > 0 and < 100_000, Interval: >= 0 and < 1000 }
            && Rules.IsPrintable(started.UserCode)
            && WebAddress(started.Address) is { } address
            ? started with
            {
                Address = address,
                AddressWithCode = WebAddress(started.AddressWithCode),
            }
            : throw _server.NotASidecar();
    }

    /// <summary>Polls until a person has decided, as slowly as the server asks.</summary>
    /// <exception cref="ServerException">Denied, expired, or refused.</exception>
    public async Task<TokenAnswer> WaitAsync(DeviceAuthorization started, string clientId, CancellationToken cancellationToken)
    {
        var endpoint = (await _server.MetadataAsync(cancellationToken)).Token;
        var (pause, end) = (
            TimeSpan.FromSeconds(Math.Max(1, started.Interval)),
            time.GetUtcNow() + TimeSpan.FromSeconds(started.ExpiresIn) + _grace
        );
        var fields = new Dictionary<string, string>
        {
            ["grant_type"] = DeviceGrant,
            ["device_code"] = started.DeviceCode!,
            ["client_id"] = clientId,
        };
        var wait = pause;
        while (time.GetUtcNow() < end)
        {
            await Task.Delay(wait, time, cancellationToken);
            wait = pause;
            try
            {
                var (status, text, retryAfter) = await _server.PostAsync(endpoint, "oauth/token", fields, cancellationToken);
                var answer = DeviceServer.Read<TokenAnswer>(text);
                switch (answer)
                {
                    case { Token.Length: > 0 } when status == HttpStatusCode.OK:
                        return IsToken(answer.Token) ? answer : throw _server.NotASidecar();
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
                        throw _server.Refused(status, answer, clientId);
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
        var endpoint = (await _server.MetadataAsync(cancellationToken)).Revocation;
        var (status, text, _) = await _server.PostAsync(endpoint, "oauth/revoke", fields, cancellationToken);
        if (status != HttpStatusCode.OK)
        {
            throw _server.Refused(status, DeviceServer.Read<TokenAnswer>(text), clientId);
        }
    }

    public void Dispose() => _server.Dispose();

    private static TimeSpan Longer(TimeSpan wait, TimeSpan least) =>
        wait < least ? least
        : wait > _longestPause ? _longestPause
        : wait;

    private static ServerException Expired() =>
        new("expired_token", "The code has expired before it was approved. Run the command again for a new one.");

    private static string? WebAddress(string? text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var uri) && ServerAddress.IsSecure(uri) ? uri.AbsoluteUri : null;

    // It becomes a line of output and a header.
    private static bool IsToken(string token) => token.Length < 4096 && !token.AsSpan().ContainsAnyExceptInRange('!', '~');
}
