using AuthSidecar.Changes;
using AuthSidecar.Configuration;

namespace AuthSidecar.Relay;

/// <summary>Keeps an eye on all open sockets at once: their clocks, changes that touch them, and slowly all of them round and round.</summary>
internal sealed partial class SocketMonitor(SocketRegistry sockets, SocketReauthorizer reauthorizer, SettingsMonitor settings, RelayTimes times, TimeProvider time, ILogger<SocketMonitor> logger) : BackgroundService
{
    private static readonly TimeSpan _round = TimeSpan.FromSeconds(1);

    /// <summary>Closes every socket with 1001, and cuts those that do not answer. No new one opens.</summary>
    public async Task CloseAllAsync()
    {
        sockets.Stop();
        foreach (var socket in sockets.All)
        {
            socket.Close(CloseReason.GoesAway, CloseReason.GoesAway);
        }

        // Whoever has not answered is cut by its own clock, which ticks on until everybody has left.
        var started = time.GetTimestamp();
        var most = times.Close + times.Close;
        while (sockets.ActiveConnections > 0 && time.GetElapsedTime(started) < most)
        {
            await Task.Delay(times.Tick / 10, time, CancellationToken.None);
        }

        foreach (var socket in sockets.All)
        {
            socket.Abort();
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        settings.Changed += Reload;
        try
        {
            await Task.WhenAll(
                FollowAsync(stoppingToken),
                RepeatAsync(times.Tick, Tick, stoppingToken),
                RepeatAsync(_round, () => reauthorizer.ReauthorizeAsync(Due(socket => socket.ReauthorizeAt)), stoppingToken),
                RepeatAsync(_round, () => reauthorizer.RenewAsync(Due(socket => socket.Lease is null ? long.MaxValue : socket.RenewAt)), stoppingToken));
        }
        finally
        {
            settings.Changed -= Reload;
        }
    }

    private void Reload(Snapshot snapshot) => sockets.Invalidate(InvalidationSet.Everything);

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (await sockets.Invalidations.WaitToReadAsync(cancellationToken))
        {
            var touched = new HashSet<RelayedSocket>();
            while (sockets.Invalidations.TryRead(out var changes))
            {
                touched.UnionWith(sockets.All.Where(socket => !socket.IsClosing && socket.Authorization.IsTouchedBy(changes)));
            }

            // Not waited for: where a permission service is slow, a revocation does not wait behind it.
            _ = GuardAsync(() => reauthorizer.ReauthorizeAsync(touched));
        }
    }

    private List<RelayedSocket> Due(Func<RelayedSocket, long> at)
    {
        var now = time.GetTimestamp();
        return [.. sockets.All.Where(socket => !socket.IsClosing && at(socket) <= now)];
    }

    private Task Tick()
    {
        foreach (var socket in sockets.All)
        {
            socket.Tick();
        }

        return Task.CompletedTask;
    }

    private async Task RepeatAsync(TimeSpan interval, Func<Task> work, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, time);
        while (await timer.WaitForNextTickAsync(cancellationToken))
        {
            await GuardAsync(work);
        }
    }

    // What fails once must not leave sockets unwatched for ever.
    private async Task GuardAsync(Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (Exception fault)
        {
            LogFault(fault);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Looking after relayed sockets failed once.")]
    private partial void LogFault(Exception fault);
}
