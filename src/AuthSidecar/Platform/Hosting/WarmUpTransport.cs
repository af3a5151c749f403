using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace AuthSidecar.Platform.Hosting;

/// <summary>
/// An in-process connection to the own server, not reachable for other clients. It passes every layer of a real connection, also when all
/// listeners are socket files or require client certificates.
/// </summary>
internal sealed class WarmUpTransport(ILoggerFactory logging)
    : IConnectionListenerFactory,
        IConnectionListenerFactorySelector,
        IConnectionListener
{
    private readonly Channel<ConnectionContext> _connections = Channel.CreateUnbounded<ConnectionContext>();
    private readonly SocketConnectionContextFactory _contexts = new(new(), logging.CreateLogger<WarmUpTransport>());

    public static EndPoint Address { get; } = new WarmUpEndPoint();

    public EndPoint EndPoint => Address;

    public bool CanBind(EndPoint endpoint) => endpoint == Address;

    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default) => new(this);

    public async ValueTask<Stream> ConnectAsync(CancellationToken cancellationToken)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        socket.Listen(1);
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(socket.LocalEndPoint!, cancellationToken);
        var server = await socket.AcceptAsync(cancellationToken);
        if (!client.LocalEndPoint!.Equals(server.RemoteEndPoint))
        {
            client.Dispose();
            server.Dispose();
            throw new IOException("Another client connected to the warm-up socket.");
        }

        await _connections.Writer.WriteAsync(_contexts.Create(server), cancellationToken);
        return new NetworkStream(client, ownsSocket: true);
    }

    public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default) =>
        await _connections.Reader.WaitToReadAsync(cancellationToken) && _connections.Reader.TryRead(out var connection) ? connection : null;

    public ValueTask UnbindAsync(CancellationToken cancellationToken = default)
    {
        _connections.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync()
    {
        _connections.Writer.TryComplete();
        _contexts.Dispose();
        return ValueTask.CompletedTask;
    }

    private sealed class WarmUpEndPoint : EndPoint
    {
        public override string ToString() => "warm-up";
    }
}
