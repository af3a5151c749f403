namespace AuthSidecar.AccessLogs;

/// <summary>Ends the streams of the access log, which Envoy never ends, once the drain is over and before the doors close, which wait for them.</summary>
internal sealed class AccessLogStreams : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    public CancellationToken Ended => _ended.Token;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>After that of the drain, because it was added before: hosts stop in the opposite order.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => _ended.CancelAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _ended.Dispose();
}
