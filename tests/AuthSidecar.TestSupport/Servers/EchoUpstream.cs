using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>
/// The service behind Envoy. It echoes each request and keeps it, so that a test can check whether it was called and with which request. A
/// path that ends in /sse streams events; an upgrade becomes a WebSocket that echoes.
/// </summary>
internal sealed class EchoUpstream : IAsyncDisposable
{
    private readonly ConcurrentQueue<EchoedRequest> _requests = new();
    private readonly WebApplication _app;

    private EchoUpstream()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.AllowAlternateSchemes = true;
            kestrel.RequestHeaderEncodingSelector = _ => Encoding.Latin1;
            kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1);
            kestrel.ListenLocalhostAnyPort(HttpProtocols.Http2);
        });
        _app = builder.Build();
        _app.UseWebSockets();
        _app.Run(AnswerAsync);
    }

    /// <summary>Speaks HTTP/1.1.</summary>
    public int Port { get; private set; }

    /// <summary>Speaks HTTP/2 without TLS.</summary>
    public int Http2Port { get; private set; }

    /// <summary>Until it completes, a stream of events pauses after its first event.</summary>
    public Task EventsMayGoOn { get; set; } = Task.CompletedTask;

    public IReadOnlyList<EchoedRequest> Requests => [.. _requests];

    public static async Task<EchoUpstream> StartAsync()
    {
        var upstream = new EchoUpstream();
        await upstream._app.StartAsync();
        var addresses = upstream._app.Services.Addresses();
        (upstream.Port, upstream.Http2Port) = (addresses[0].Port, addresses[1].Port);
        return upstream;
    }

    public void Forget() => _requests.Clear();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = await EchoAnswers.ReadAsync(context);
        _requests.Enqueue(request);
        if (context.WebSockets.IsWebSocketRequest)
        {
            await EchoAnswers.WebSocketAsync(context, request);
        }
        else if (request.Path.EndsWith("/sse", StringComparison.Ordinal))
        {
            await EchoAnswers.EventsAsync(context, request, EventsMayGoOn);
        }
        else
        {
            await EchoAnswers.PlainAsync(context, request);
        }
    }
}
