using System.Text;

namespace AuthSidecar.Demo.Requests;

/// <summary>Sends real requests through a real Envoy.</summary>
internal sealed class EnvoyClient(Uri address, ReceivedRequests received) : IDemoClient
{
    private const int FewestEvents = 3;
    private static readonly TimeSpan _limit = TimeSpan.FromSeconds(10);

    // A buffered response arrives at once, a streamed one over as much time as the upstream takes.
    private static readonly TimeSpan _leastSpread = TimeSpan.FromMilliseconds(100);

    private readonly HttpClient _http = new(
        new SocketsHttpHandler
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
        }
    );

    public bool HasEnvoy => true;

    public async Task<Exchange> SendAsync(DemoCase request, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(_limit);
        return await received.CorrelateAsync(id =>
            request.Kind == DemoCaseKind.WebSocket
                ? WebSocketClient.ConnectAsync(address, request, id, limit.Token)
                : HttpAsync(request, id, limit.Token)
        );
    }

    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<Exchange> HttpAsync(DemoCase request, string id, CancellationToken cancellationToken)
    {
        using var message = new HttpRequestMessage(new(request.Method), new Uri(address, request.Path));
        message.Headers.Add(ReceivedRequests.Header, id);
        foreach (var (name, value) in request.Headers)
        {
            message.Headers.TryAddWithoutValidation(name, value);
        }

        if (request.Body is { } body)
        {
            message.Content = new StringContent(body, Encoding.UTF8, "application/json");
        }

        using var response = await _http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        var headers = response
            .Headers.Concat(response.Content.Headers)
            .ToDictionary(header => header.Key.ToLowerInvariant(), header => string.Join(", ", header.Value));
        return request.Kind == DemoCaseKind.Stream && response.IsSuccessStatusCode
            ? await StreamAsync((int)response.StatusCode, headers, response, cancellationToken)
            : new(new((int)response.StatusCode, headers, await response.Content.ReadAsStringAsync(cancellationToken)), null);
    }

    private static async Task<Exchange> StreamAsync(
        int status,
        IReadOnlyDictionary<string, string> headers,
        HttpResponseMessage response,
        CancellationToken cancellationToken
    )
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(cancellationToken));
        var (body, events, first) = (new StringBuilder(), 0, 0L);
        while (await reader.ReadLineAsync(cancellationToken) is { } line)
        {
            body.Append(line).Append('\n');
            if (line.StartsWith("data:", StringComparison.Ordinal) && ++events == 1)
            {
                first = TimeProvider.System.GetTimestamp();
            }
        }

        var spread = events > 0 ? TimeProvider.System.GetElapsedTime(first) : TimeSpan.Zero;
        return new(new(status, headers, body.ToString()), null)
        {
            Note = FormattableString.Invariant($"{events} events over {spread.TotalSeconds:0.0} s"),
            Complaint = events < FewestEvents || spread < _leastSpread ? "the stream was buffered" : null,
        };
    }
}
