using AuthSidecar.Platform.Hosting;
using AuthSidecar.WebSockets.Relay;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// Ready after the warm-up. On SIGTERM: health becomes NOT_SERVING, Check is answered while Envoy drains, then relayed sockets are closed.
/// </summary>
internal sealed partial class Lifecycle(
    Readiness readiness,
    WarmUp warmUp,
    ShutdownOptions options,
    SocketMonitor sockets,
    TimeProvider time,
    ILogger<Lifecycle> logger
) : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _drained = new();

    /// <summary>Ends the drain before its time.</summary>
    public void EndDrain()
    {
        LogDrainEnded();
        _drained.Cancel();
    }

    public void Dispose() => _drained.Dispose();

    public Task StartingAsync(CancellationToken cancellationToken)
    {
        readiness.Set(false);
        return Task.CompletedTask;
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        try
        {
            await warmUp.RunAsync(cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // The process is stopped before it was ready, which is no fault to log.
            return;
        }

        readiness.Set(true);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        if (!readiness.IsServing)
        {
            // The start failed and is being rolled back.
            return;
        }

        readiness.Set(false);
        var drain = TimeSpan.FromSeconds(options.DrainSeconds);
        LogDraining(drain);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _drained.Token);
        await Task.Delay(drain, time, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await sockets.CloseAllAsync();
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Information, Message = "Draining: health is NOT_SERVING; still answering Check for {Drain}.")]
    private partial void LogDraining(TimeSpan drain);

    [LoggerMessage(Level = LogLevel.Information, Message = "Drain ended by a second signal.")]
    private partial void LogDrainEnded();
}
