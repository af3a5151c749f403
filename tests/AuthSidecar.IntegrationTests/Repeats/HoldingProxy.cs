using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace AuthSidecar.IntegrationTests.Repeats;

/// <summary>A TCP proxy between Envoy and a sidecar that holds the sidecar's answers back, and then delivers or loses them.</summary>
internal sealed class HoldingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly CancellationTokenSource _ended = new();
    private readonly int _target;
    private readonly Task _accepting;
    private volatile TaskCompletionSource _open = new();

    public HoldingProxy(int target)
    {
        _target = target;
        _open.SetResult();
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>From now on nothing that the sidecar sends reaches Envoy.</summary>
    public void Hold() => _open = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Delivers what was held.</summary>
    public void Deliver() => _open.TrySetResult();

    /// <summary>Closes all connections without delivering; new ones are not held.</summary>
    public void Lose()
    {
        var held = _open;
        _open = new();
        _open.SetResult();
        while (_clients.TryTake(out var client))
        {
            client.Close();
        }

        held.TrySetCanceled();
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener.Dispose();
        Lose();
        await _accepting;
        _ended.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_ended.IsCancellationRequested)
        {
            try
            {
                _ = ServeAsync(await _listener.AcceptTcpClientAsync(_ended.Token));
            }
            catch (Exception fault) when (fault is OperationCanceledException or SocketException)
            {
                return;
            }
        }
    }

    private async Task ServeAsync(TcpClient envoy)
    {
        var sidecar = new TcpClient();
        _clients.Add(envoy);
        _clients.Add(sidecar);
        try
        {
            await sidecar.ConnectAsync(IPAddress.Loopback, _target, _ended.Token);
            await Task.WhenAny(PumpAsync(envoy, sidecar, isHeld: false), PumpAsync(sidecar, envoy, isHeld: true));
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The connection is closed below.
        }

        envoy.Close();
        sidecar.Close();
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, bool isHeld)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, _ended.Token) is > 0 and var count)
            {
                if (isHeld)
                {
                    await _open.Task;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, count), _ended.Token);
            }
        }
        catch (Exception fault)
            when (fault
                    is OperationCanceledException
                        or IOException
                        or SocketException
                        or ObjectDisposedException
                        or InvalidOperationException
            )
        {
            // A lost connection ends the pump.
        }
    }
}
