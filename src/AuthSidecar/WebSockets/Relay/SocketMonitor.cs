using AuthSidecar.Access.Policies;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Watches all open sockets: their deadlines, invalidations that affect them, periodic reauthorization and lease renewal.
/// </summary>
internal sealed partial class SocketMonitor(
    SocketRegistry sockets,
    SocketReauthorizer reauthorizer,
    LiveOptions<PolicySet> policies,
    RelayTimeouts times,
    TimeProvider time,
    ILogger<SocketMonitor> logger
) : BackgroundService
{
    private static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>Closes every socket with 1001, and aborts those that do not answer. No new one opens.</summary>
    public async Task CloseAllAsync()
    {
        sockets.Stop();
        foreach (var socket in sockets.All)
        {
            socket.Close(CloseReason.GoesAway, CloseReason.GoesAway);
        }

        // A socket that does not answer is aborted by its own deadline; Tick continues until all have left.
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
        policies.Changed += Reload;
        try
        {
            await Task.WhenAll(
                FollowAsync(stoppingToken),
                RepeatAsync(times.Tick, Tick, stoppingToken),
                RepeatAsync(_interval, () => reauthorizer.ReauthorizeAsync(Due(socket => socket.ReauthorizeAt)), stoppingToken),
                RepeatAsync(
                    _interval,
                    () =>
                        reauthorizer.RenewAsync(
                            Due(socket => socket is { Lease: null, IsCounted: false } ? long.MaxValue : socket.RenewAt)
                        ),
                    stoppingToken
                )
            );
        }
        finally
        {
            policies.Changed -= Reload;
        }
    }

    private void Reload(PolicySet before, PolicySet now) => sockets.Invalidate(InvalidationSet.Everything);

    private async Task FollowAsync(CancellationToken cancellationToken)
    {
        while (await sockets.Invalidations.WaitToReadAsync(cancellationToken))
        {
            var affected = new HashSet<RelayedSocket>();
            while (sockets.Invalidations.TryRead(out var invalidations))
            {
                affected.UnionWith(sockets.All.Where(socket => !socket.IsClosing && socket.Authorization.IsTouchedBy(invalidations)));
            }

            // Not awaited: a slow permission service must not delay the next revocation.
            _ = GuardAsync(() => reauthorizer.ReauthorizeAsync(affected));
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

    // A single failure must not stop the loop.
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

    [LoggerMessage(Level = LogLevel.Error, Message = "Unexpected error in the relay socket monitor; continuing.")]
    private partial void LogFault(Exception fault);
}
