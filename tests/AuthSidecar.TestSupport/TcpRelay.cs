using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace AuthSidecar.TestSupport;

/// <summary>A network between a client and a local server, which delays what the server sends, or holds everything back.</summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(5);

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _ended = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly TimeSpan _delay;
    private volatile bool _isCut;

    /// <param name="port">Of the server.</param>
    /// <param name="delay">Delay of what the server sends.</param>
    public TcpRelay(int port, TimeSpan delay = default)
    {
        _delay = delay;
        _listener.Start();
        _ = AcceptAsync(port);
    }

    public string Address => $"127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}";

    /// <summary>True: nothing arrives in either direction until it is false again.</summary>
    public bool IsCut
    {
        get => _isCut;
        set => _isCut = value;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Stop();
        foreach (var client in _clients)
        {
            client.Dispose();
        }
    }

    private async Task AcceptAsync(int port)
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                var client = await _listener.AcceptTcpClientAsync(_ended.Token);
                var server = new TcpClient { NoDelay = true };
                client.NoDelay = true;
                _clients.Add(client);
                _clients.Add(server);
                await server.ConnectAsync(IPAddress.Loopback, port, _ended.Token);
                Forward(client, server, TimeSpan.Zero);
                Forward(server, client, _delay);
            }
            catch (Exception fault) when (fault is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // The server or the test has ended.
            }
        }
    }

    private void Forward(TcpClient from, TcpClient to, TimeSpan delay)
    {
        var chunks = Channel.CreateUnbounded<(long At, byte[] Bytes)>();
        _ = ReadAsync(from, chunks.Writer);
        _ = WriteAsync(to, chunks.Reader, delay);
    }

    private async Task ReadAsync(TcpClient from, ChannelWriter<(long At, byte[] Bytes)> chunks)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _ended.Token) is > 0 and var count)
            {
                await chunks.WriteAsync((Stopwatch.GetTimestamp(), buffer[..count]), _ended.Token);
            }
        }
        catch (Exception fault)
            when (fault is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }

        chunks.Complete();
    }

    private async Task WriteAsync(TcpClient to, ChannelReader<(long At, byte[] Bytes)> chunks, TimeSpan delay)
    {
        try
        {
            await foreach (var (at, bytes) in chunks.ReadAllAsync(_ended.Token))
            {
                while (_isCut || Stopwatch.GetElapsedTime(at) < delay)
                {
                    await Task.Delay(_pause, _ended.Token);
                }

                await to.GetStream().WriteAsync(bytes, _ended.Token);
            }
        }
        catch (Exception fault)
            when (fault is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            // Closed.
        }

        to.Close();
    }
}
