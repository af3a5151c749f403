using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Threading.Channels;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.IntegrationTests.Relay;

/// <summary>An application behind the relay. It echoes, or passes its end of each WebSocket to the test.</summary>
internal sealed class RelayUpstream : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Channel<UpstreamSocket> _sockets = Channel.CreateUnbounded<UpstreamSocket>();
    private readonly ConcurrentBag<UpstreamSocket> _ends = [];
    private int _calls;
    private int _open;

    private RelayUpstream()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1));
        _app = builder.Build();
        _app.UseWebSockets(new() { KeepAliveInterval = TimeSpan.Zero });
        _app.Run(AnswerAsync);
    }

    public int Port { get; private set; }

    /// <summary>Resets it between tests, once every request of the previous test has ended.</summary>
    public async Task ForgetAsync()
    {
        FinishAll();
        await Eventually.TrueAsync(() => Task.FromResult(Volatile.Read(ref _open) == 0), "the application has nothing to do");
        Volatile.Write(ref _calls, 0);
        (Refuse, Choose, Echoes) = (_ => Task.FromResult(false), offered => offered.FirstOrDefault(), true);
        while (_sockets.Reader.TryRead(out _))
        {
            // From an earlier test.
        }
    }

    /// <summary>Received requests, WebSocket or not.</summary>
    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Handles a request itself; false: default handling.</summary>
    public Func<HttpContext, Task<bool>> Refuse { get; set; } = _ => Task.FromResult(false);

    /// <summary>The subprotocol to select.</summary>
    public Func<IList<string>, string?> Choose { get; set; } = offered => offered.FirstOrDefault();

    /// <summary>WebSockets echo automatically.</summary>
    public bool Echoes { get; set; } = true;

    public static async Task<RelayUpstream> StartAsync()
    {
        var upstream = new RelayUpstream();
        await upstream._app.StartAsync();
        upstream.Port = upstream._app.Services.Addresses()[0].Port;
        return upstream;
    }

    /// <summary>The next opened WebSocket.</summary>
    public async Task<UpstreamSocket> NextAsync()
    {
        using var limit = new CancellationTokenSource(RelayClient.Patience);
        return await _sockets.Reader.ReadAsync(limit.Token);
    }

    public ValueTask DisposeAsync()
    {
        FinishAll();
        return _app.DisposeAsync();
    }

    private void FinishAll()
    {
        while (_ends.TryTake(out var end))
        {
            end.Finish();
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        Interlocked.Increment(ref _calls);
        Interlocked.Increment(ref _open);
        try
        {
            if (!await Refuse(http))
            {
                await TalkAsync(http);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private async Task TalkAsync(HttpContext http)
    {
        using var socket = await http.WebSockets.AcceptWebSocketAsync(Choose(http.WebSockets.WebSocketRequestedProtocols));
        var end = new UpstreamSocket(http, socket);
        _ends.Add(end);
        await _sockets.Writer.WriteAsync(end);
        if (Echoes)
        {
            await EchoAsync(socket);
        }
        else
        {
            // Also after the relay has closed: its last message is still to be read.
            await end.Finished;
        }
    }

    private static async Task EchoAsync(WebSocket socket)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (
                await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None) is { MessageType: not WebSocketMessageType.Close } part
            )
            {
                await socket.SendAsync(buffer.AsMemory(0, part.Count), part.MessageType, part.EndOfMessage, CancellationToken.None);
            }

            await socket.CloseOutputAsync(
                socket.CloseStatus ?? WebSocketCloseStatus.NormalClosure,
                socket.CloseStatusDescription,
                CancellationToken.None
            );
        }
        catch (WebSocketException)
        {
            // The other end reset the connection.
        }
    }
}

/// <summary>The application's end of a WebSocket.</summary>
internal sealed class UpstreamSocket(HttpContext http, WebSocket socket) : SocketConversation(socket)
{
    private readonly TaskCompletionSource _finished = new();

    public IReadOnlyDictionary<string, string> Headers { get; } =
        http.Request.Headers.ToDictionary(header => header.Key.ToLowerInvariant(), header => header.Value.ToString());

    public string Target { get; } = http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;

    public Task Finished => _finished.Task;

    /// <summary>The application is done with it.</summary>
    public void Finish() => _finished.TrySetResult();

    /// <summary>Cuts the connection without a close frame.</summary>
    public void BreakOff() => http.Abort();
}
