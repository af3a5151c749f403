using System.Net.WebSockets;
using AuthSidecar.Platform.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace AuthSidecar.Demo.Upstream;

/// <summary>An upstream with enough of OpenAI, Anthropic, SSE and WebSocket for their clients; it echoes each request.</summary>
internal sealed class DemoUpstream : IAsyncDisposable
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(2);
    private readonly IHost _host;

    private DemoUpstream(ListenAddress address, Action<SeenRequest>? arrived) =>
        _host = new HostBuilder()
            .ConfigureWebHost(web =>
                web.UseKestrel(kestrel => Listen(kestrel, address))
                    .Configure(app => app.UseWebSockets().Run(context => AnswerAsync(context, arrived)))
            )
            .Build();

    /// <summary>The address it listens on, with the port that the kernel chose.</summary>
    public Uri Address => new(_host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <param name="address">A TCP address.</param>
    /// <param name="arrived">Called with each request before it is answered.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    public static async Task<DemoUpstream> StartAsync(
        ListenAddress address,
        Action<SeenRequest>? arrived,
        CancellationToken cancellationToken
    )
    {
        var upstream = new DemoUpstream(address, arrived);
        try
        {
            await upstream._host.StartAsync(cancellationToken);
            return upstream;
        }
        catch
        {
            upstream._host.Dispose();
            throw;
        }
    }

    /// <summary>Returns after SIGTERM or Ctrl+C.</summary>
    public Task WaitForShutdownAsync(CancellationToken cancellationToken) => _host.WaitForShutdownAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        await _host.StopAsync(limit.Token);
        _host.Dispose();
    }

    private static void Listen(KestrelServerOptions kestrel, ListenAddress address)
    {
        kestrel.AddServerHeader = false;
        if (address.IsLocalhost)
        {
            kestrel.ListenLocalhost(address.Port, Http1);
        }
        else if (address.Host is { } host)
        {
            kestrel.Listen(host, address.Port, Http1);
        }
        else
        {
            kestrel.ListenAnyIP(address.Port, Http1);
        }

        static void Http1(Microsoft.AspNetCore.Server.Kestrel.Core.ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
    }

    private static async Task AnswerAsync(HttpContext context, Action<SeenRequest>? arrived)
    {
        var seen = SeenRequest.Of(context.Request);
        arrived?.Invoke(seen);
        if (!context.WebSockets.IsWebSocketRequest)
        {
            await ProviderAnswer.WriteAsync(context, seen);
            return;
        }

        using var socket = await context.WebSockets.AcceptWebSocketAsync(context.WebSockets.WebSocketRequestedProtocols.FirstOrDefault());
        await EchoAsync(socket, seen, context.RequestAborted);
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
