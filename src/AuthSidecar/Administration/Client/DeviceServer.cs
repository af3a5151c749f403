using System.Net;
using System.Text;
using System.Text.Json;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Client;

/// <summary>The endpoints of one server, and its answers; none of them is trusted.</summary>
internal sealed class DeviceServer(Uri server) : IDisposable
{
    private const int MostBytes = 64 * 1024;
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    // A redirect would lead codes and tokens elsewhere.
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = _patience,
        MaxResponseContentBufferSize = MostBytes,
        DefaultRequestHeaders = { { "User-Agent", $"authsidecar/{BuildInfo.Version}" }, { "Accept", "application/json" } },
    };

    private ServerMetadata? _metadata;

    private string Name => ServerAddress.NameOf(server);

    /// <exception cref="ServerException">Unreachable, or no sidecar with this address.</exception>
    public async Task<ServerMetadata> MetadataAsync(CancellationToken cancellationToken)
    {
        if (_metadata is not null)
        {
            return _metadata;
        }

        var (status, text, _) = await SendAsync(
            new(HttpMethod.Get, new Uri(server, ".well-known/oauth-authorization-server")),
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
            : ServerAddress.TryParse(issuer, out var own) && own == server ? metadata
            : throw new ServerException(
                "other_server",
                $"The server at {Name} has the address {Printable(issuer)}: give that as --server."
            );
    }

    /// <summary>Posts a form to an endpoint. RFC 8414 permits other hosts; a sidecar has none, and a token goes nowhere else.</summary>
    /// <param name="endpoint">Address by the metadata; null: not named.</param>
    /// <param name="otherwise">Path of an endpoint that is not named.</param>
    /// <param name="fields">The form.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ServerException">Unreachable, or the endpoint is elsewhere.</exception>
    public Task<(HttpStatusCode Status, string Text, TimeSpan? RetryAfter)> PostAsync(
        string? endpoint,
        string otherwise,
        Dictionary<string, string> fields,
        CancellationToken cancellationToken
    )
    {
        var target =
            endpoint is null ? new(server, otherwise)
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
                var text = Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(cancellationToken));
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

    /// <returns>Null: no such JSON.</returns>
    public static T? Read<T>(string text)
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

    public ServerException Refused(HttpStatusCode status, TokenAnswer? answer, string clientId) =>
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

    public ServerException NotASidecar() =>
        new(
            "no_device_flow",
            $"The server at {Name} does not answer as a sidecar with the device flow does. Is this its console's address?"
        );

    private ServerException Unreachable(string why) =>
        new("server_unreachable", $"The server {Name} cannot be reached: {Printable(why)}", isUnreachable: true);

    public void Dispose() => _http.Dispose();

    // A terminal obeys control characters.
    private static string Printable(string text) => Rules.IsPrintable(text) ? text : "(unprintable)";
}
