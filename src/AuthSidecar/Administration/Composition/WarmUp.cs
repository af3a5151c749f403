using System.Runtime;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// Makes decisions before the process reports ready, through the whole path: sockets, framing, the pipeline and the log. Ends when hardly
/// any code is left to compile, or after <c>WarmUp:MaxSeconds</c>.
/// </summary>
internal sealed partial class WarmUp(
    WarmUpTransport transport,
    WarmUpCheckService checks,
    WarmUpOptions options,
    StoreWarmUp queries,
    Store store,
    KeyHasher hasher,
    TelemetryOptions telemetry,
    TimeProvider time,
    ILogger<WarmUp> logger,
    RedisCircuitBreaker? redis = null
)
{
    private const int Connections = 4;

    // Envoy's deadline is 250 ms; a warm-up that hangs must not keep the process from serving.
    private static readonly TimeSpan _grace = TimeSpan.FromSeconds(10);

    // Longer than the 100 ms without a new method after which the runtime counts calls; on one core it waits as long only where
    // DOTNET_TC_DelaySingleProcMultiplier is 1.
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(125);

    /// <summary>Number of discarded Allows.</summary>
    public int Allows { get; private set; }

    /// <summary>Number of discarded denials by reason.</summary>
    public Dictionary<string, int> Denials { get; } = [];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var longest = TimeSpan.FromSeconds(options.MaxSeconds);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(longest + _grace);
        var progress = new WarmUpProgress(longest, time, () => JitInfo.GetCompiledMethodCount());
        var (started, methods) = (time.GetTimestamp(), JitInfo.GetCompiledMethodCount());
        try
        {
            await QueryAsync(limit.Token);
            if (redis is not null)
            {
                await redis.WarmUpAsync(limit.Token);
            }

            await CallAsync(progress, limit.Token);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogCold(fault);
        }

        if (options.MaxSeconds > 0)
        {
            // A start leaves much garbage, and no request waits for the pause yet.
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        }

        var duration = time.GetElapsedTime(started);
        methods = JitInfo.GetCompiledMethodCount() - methods;
        LogWarm(Allows, methods, duration);
    }

    // The decisions are warmed up without the store too.
    private async Task QueryAsync(CancellationToken cancellationToken)
    {
        try
        {
            await queries.RunAsync(cancellationToken);
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            LogCold(fault);
        }
    }

    private async Task CallAsync(WarmUpProgress progress, CancellationToken cancellationToken)
    {
        await using var services = await WarmUpServices.CreateAsync(store, hasher, telemetry, time, cancellationToken);
        var connections = new List<(WarmUpConnection Connection, IReadOnlyList<WarmUpRequest> Requests)>();
        checks.Use(services.Checks);
        try
        {
            for (var i = 0; i < Connections; i++)
            {
                connections.Add(
                    (
                        new(await transport.ConnectAsync(cancellationToken), WarmUpRequests.Method),
                        WarmUpRequests.Create(services.Token, time.GetUtcNow())
                    )
                );
            }

            do
            {
                await services.RefreshAsync(cancellationToken);
                await Task.WhenAll(connections.Select(each => CallAsync(each.Connection, each.Requests, progress, cancellationToken)));
                Count(services.Discard());
                await CompiledAsync(progress, cancellationToken);
            } while (progress.Continues());
        }
        finally
        {
            checks.Use(null);
            connections.ForEach(each => each.Connection.Dispose());
        }
    }

    private void Count(IReadOnlyList<string?> reasons)
    {
        foreach (var reason in reasons)
        {
            if (reason is null)
            {
                Allows++;
            }
            else
            {
                Denials[reason] = Denials.GetValueOrDefault(reason) + 1;
            }
        }
    }

    // Methods are compiled again after 30 calls.
    private static async Task CallAsync(
        WarmUpConnection connection,
        IReadOnlyList<WarmUpRequest> requests,
        WarmUpProgress progress,
        CancellationToken cancellationToken
    )
    {
        const int Repeats = 10;
        for (var i = 0; i == 0 || (i < Repeats && !progress.IsOver); i++)
        {
            await connection.CallAsync(requests, cancellationToken);
        }
    }

    // The compiler has a thread of its own: on one core, calls would take its time.
    private static async Task CompiledAsync(WarmUpProgress progress, CancellationToken cancellationToken)
    {
        for (var before = -1L; !progress.IsOver && JitInfo.GetCompiledMethodCount() is var now && now != before; before = now)
        {
            // The compiler's time, whatever the injected clock says.
            await Task.Delay(_pause, cancellationToken);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Warm-up incomplete; the first requests are slower.")]
    private partial void LogCold(Exception fault);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Warm-up ended after {Allows} Allows, {Methods} compiled methods and {Duration}.")]
    private partial void LogWarm(int allows, long methods, TimeSpan duration);
}
