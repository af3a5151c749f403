using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>Opens WebSockets to upstreams: no proxy, no redirects, certificates validated.</summary>
internal sealed partial class UpstreamConnector(RelayTimeouts times, TimeProvider time, ILogger<UpstreamConnector> logger) : IDisposable
{
    private const int KeyLength = 16;

    private readonly HttpMessageInvoker _http = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            ActivityHeadersPropagator = null,
            RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
        }
    );

    /// <param name="uri">The upstream.</param>
    /// <param name="headers">The client's headers with the edits applied.</param>
    /// <param name="subprotocol">The subprotocol sent to the client, which the upstream must choose too.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection after its handshake, or why the client's socket is closed.</returns>
    public async Task<(Stream? Stream, CloseReason? Failure)> ConnectAsync(
        Uri uri,
        IEnumerable<KeyValuePair<string, string>> headers,
        string? subprotocol,
        CancellationToken cancellationToken
    )
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength));
        using var request = Request(uri, headers, key, subprotocol);
        using var timeout = new CancellationTokenSource(times.Handshake, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            response = await _http.SendAsync(request, end.Token);
            if (Problem(response, key, subprotocol) is { } problem)
            {
                LogRefused(uri.Authority, problem);
                var status = response.StatusCode;
                response.Dispose();
                return (null, status >= HttpStatusCode.InternalServerError ? CloseReason.UpstreamUnavailable : CloseReason.UpstreamRefused);
            }

            return (await response.Content.ReadAsStreamAsync(cancellationToken), null);
        }
        catch (Exception fault)
            when (fault is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            LogUnavailable(uri.Authority, fault is OperationCanceledException ? "timeout" : fault.Message);
            return (null, CloseReason.UpstreamUnavailable);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri uri, IEnumerable<KeyValuePair<string, string>> headers, string key, string? subprotocol)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.TryAddWithoutValidation("Connection", "Upgrade");
        request.Headers.TryAddWithoutValidation("Upgrade", "websocket");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Version", "13");
        request.Headers.TryAddWithoutValidation("Sec-WebSocket-Key", key);
        if (subprotocol is not null)
        {
            request.Headers.TryAddWithoutValidation("Sec-WebSocket-Protocol", subprotocol);
        }

        return request;
    }

    // The checks of RFC 6455 4.1 that make a client fail the connection.
    private static string? Problem(HttpResponseMessage response, string key, string? subprotocol)
    {
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            return $"status {(int)response.StatusCode}";
        }

        if (
            !string.Equals(One(response, "Upgrade"), "websocket", StringComparison.OrdinalIgnoreCase)
            || !response.Headers.Connection.Contains("Upgrade", StringComparer.OrdinalIgnoreCase)
            || One(response, "Sec-WebSocket-Accept") != Handshake.AcceptOf(key)
            || response.Headers.Contains("Sec-WebSocket-Extensions")
        )
        {
            return "invalid handshake";
        }

        return One(response, "Sec-WebSocket-Protocol") == subprotocol ? null : "subprotocol mismatch";
    }

    private static string? One(HttpResponseMessage response, string name) =>
        response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Relay upstream {Authority} rejected the WebSocket handshake ({Problem}); closing the client."
    )]
    private partial void LogRefused(string authority, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Relay upstream {Authority} unavailable ({Problem}); closing the client with 1013.")]
    private partial void LogUnavailable(string authority, string problem);
}
