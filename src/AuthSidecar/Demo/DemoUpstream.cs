using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AuthSidecar.Demo;

/// <summary>An upstream that speaks OpenAI, Anthropic, SSE and WebSocket well enough for their clients, and echoes what it was sent.</summary>
internal sealed class DemoUpstream : IAsyncDisposable
{
    private const string DecisionHeader = "x-authsidecar-caller-decision-id";
    private readonly IHost _host;
    private readonly ConcurrentDictionary<string, SeenRequest> _seen = new();

    private DemoUpstream(IPAddress address, int port)
    {
        _host = new HostBuilder()
            .ConfigureWebHost(web => web
                .UseKestrel(kestrel =>
                {
                    kestrel.AddServerHeader = false;
                    kestrel.Listen(address, port, listen => listen.Protocols = HttpProtocols.Http1);
                })
                .Configure(app => app.UseWebSockets().Run(AnswerAsync)))
            .Build();
    }

    public static async Task<DemoUpstream> StartAsync(IPAddress address, int port, CancellationToken cancellationToken)
    {
        var upstream = new DemoUpstream(address, port);
        await upstream._host.StartAsync(cancellationToken);
        return upstream;
    }

    /// <summary>What arrived under this decision, or null when nothing did.</summary>
    public SeenRequest? Seen(string decisionId) => _seen.GetValueOrDefault(decisionId);

    public Task RunAsync(CancellationToken cancellationToken) => _host.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _host.StopAsync(limit.Token);
        _host.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var seen = SeenRequest.Of(context.Request);
        if (context.Request.Headers[DecisionHeader] is [{ Length: > 0 } decision])
        {
            _seen[decision] = seen;
        }

        if (context.WebSockets.IsWebSocketRequest)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
            await EchoAsync(socket, seen, context.RequestAborted);
            return;
        }

        await ProviderAnswer.WriteAsync(context, seen);
    }

    private static async Task EchoAsync(WebSocket socket, SeenRequest seen, CancellationToken cancellationToken)
    {
        await socket.SendAsync(seen.ToJson(), WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        var buffer = new byte[16 * 1024];
        while (socket.State == WebSocketState.Open)
        {
            var frame = await socket.ReceiveAsync(buffer.AsMemory(), cancellationToken);
            if (frame.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "", cancellationToken);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, frame.Count), frame.MessageType, frame.EndOfMessage, cancellationToken);
        }
    }
}
