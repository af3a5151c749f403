using System.Net;
using System.Security.Cryptography;
using System.Text;

namespace AuthSidecar.Relay;

/// <summary>Opens WebSockets to upstreams. Neither a proxy of the environment nor a redirect leads elsewhere, and certificates are checked.</summary>
internal sealed partial class UpstreamConnector(RelayTimes times, TimeProvider time, ILogger<UpstreamConnector> logger) : IDisposable
{
    private const int KeyLength = 16;

    private readonly HttpMessageInvoker _http = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        RequestHeaderEncodingSelector = static (_, _) => Encoding.UTF8,
    });

    /// <param name="uri">Where to.</param>
    /// <param name="headers">Of the client, edited.</param>
    /// <param name="subprotocol">What the client was told: the upstream must choose the same.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The connection after its handshake, or how the client's socket ends.</returns>
    public async Task<(Stream? Stream, CloseReason? CloseReason)> ConnectAsync(Uri uri, IEnumerable<KeyValuePair<string, string>> headers, string? subprotocol, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength));
        using var request = Request(uri, headers, key, subprotocol);
        using var patience = new CancellationTokenSource(times.Handshake, time);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
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
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            response?.Dispose();
            LogUnavailable(uri.Authority, fault is OperationCanceledException ? "it does not answer" : fault.Message);
            return (null, CloseReason.UpstreamUnavailable);
        }
    }

    public void Dispose() => _http.Dispose();

    private static HttpRequestMessage Request(Uri uri, IEnumerable<KeyValuePair<string, string>> headers, string key, string? subprotocol)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, uri) { Version = HttpVersion.Version11, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
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

    // RFC 6455 4.1, what a client must fail the connection for.
    private static string? Problem(HttpResponseMessage response, string key, string? subprotocol)
    {
        if (response.StatusCode != HttpStatusCode.SwitchingProtocols)
        {
            return $"status {(int)response.StatusCode}";
        }

        if (!string.Equals(One(response, "Upgrade"), "websocket", StringComparison.OrdinalIgnoreCase)
            || !response.Headers.Connection.Contains("Upgrade", StringComparer.OrdinalIgnoreCase)
            || One(response, "Sec-WebSocket-Accept") != Handshake.AcceptOf(key)
            || response.Headers.Contains("Sec-WebSocket-Extensions"))
        {
            return "no right handshake";
        }

        return One(response, "Sec-WebSocket-Protocol") == subprotocol ? null : "another subprotocol than the client was told";
    }

    private static string? One(HttpResponseMessage response, string name) => response.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : null;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The relay's upstream {Authority} refused a WebSocket: {Problem}.")]
    private partial void LogRefused(string authority, string problem);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The relay's upstream {Authority} cannot be reached: {Problem}")]
    private partial void LogUnavailable(string authority, string problem);
}
