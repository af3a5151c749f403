namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>
/// Ends access log streams, which Envoy never ends, after the drain and before the listeners close, which wait for open streams.
/// </summary>
internal sealed class AccessLogStreams : IHostedLifecycleService, IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    public CancellationToken Ended => _ended.Token;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs after the drain: hosted services stop in reverse order, and the lifecycle is the last of them.</summary>
    public Task StoppingAsync(CancellationToken cancellationToken) => _ended.CancelAsync();

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose() => _ended.Dispose();
}
