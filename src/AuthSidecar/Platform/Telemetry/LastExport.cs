using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Exports the remaining metrics and spans at a stop, with a timeout.</summary>
internal sealed class LastExport(MeterProvider metrics, TracerProvider spans) : IHostedService
{
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(3);

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        var limit = (int)Longest.TotalMilliseconds;
        Task exports = Task.WhenAll(
            Task.Run(() => spans.Shutdown(limit), CancellationToken.None),
            Task.Run(() => metrics.Shutdown(limit), CancellationToken.None)
        );
        await exports.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
