using AuthSidecar.Access.Apps;
using AuthSidecar.Access.Assertions;
using AuthSidecar.Access.Authentication;
using AuthSidecar.Access.Identities;
using AuthSidecar.Access.Jwt;
using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;
using AuthSidecar.Usage.TokenLimits;
using AuthSidecar.WebSockets.Closer;
using AuthSidecar.WebSockets.Leases;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Win32.SafeHandles;
using OpenTelemetry.Metrics;

namespace AuthSidecar.Administration.Composition;

/// <summary>
/// The services that decide, a second time: the features of the process over settings, caches, limits, budgets, leases, metrics and a
/// usage queue that are discarded. No hosted service runs, so nothing is written; there is no Redis and no identity provider; the log goes
/// to the null device. The store is the process's own, and is only read.
/// </summary>
internal sealed class WarmUpServices : IAsyncDisposable
{
    private const string NullDevice = "/dev/null";

    // Never closed: the log may write late, and its descriptor must not be another file then.
    private static readonly SafeFileHandle _log = File.OpenHandle(NullDevice, FileMode.Open, FileAccess.Write);
    private readonly ServiceProvider _services;
    private readonly List<UsageReport> _reports = [];

    private WarmUpServices(Store store, KeyHasher hasher, TelemetryOptions telemetry, TimeProvider time) =>
        _services = Build(new StandardStream((int)_log.DangerousGetHandle()), store, hasher, telemetry, time);

    /// <summary>The caller's key: random, and in no store.</summary>
    public string Token { get; } = KeyToken.Generate(TokenFamily.Ask);

    public CheckService Checks => _services.GetRequiredService<CheckService>();

    /// <param name="store">Is only read.</param>
    /// <param name="hasher">Hashes the warm-up's key.</param>
    /// <param name="telemetry">Format of the log.</param>
    /// <param name="time">The clock.</param>
    /// <param name="cancellationToken">Aborts the creation.</param>
    public static async Task<WarmUpServices> CreateAsync(
        Store store,
        KeyHasher hasher,
        TelemetryOptions telemetry,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        var services = new WarmUpServices(store, hasher, telemetry, time);
        try
        {
            await services.SeedAsync(hasher, cancellationToken);
            return services;
        }
        catch
        {
            await services.DisposeAsync();
            throw;
        }
    }

    /// <summary>Discards the usage of all decisions since the last call.</summary>
    /// <returns>The reason of each denial; null for an Allow.</returns>
    public IReadOnlyList<string?> Discard()
    {
        _reports.Clear();
        var queue = _services.GetRequiredService<UsageQueue>();
        queue.TakeInto(_reports, queue.Capacity);
        return [.. _reports.Select(report => report.Reason)];
    }

    /// <summary>Call before each round: cached callers are denied when the store has not been asked for changes lately.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _services.GetRequiredService<InvalidationPoller>().PollAsync(cancellationToken);
        }
        catch (Exception) when (!cancellationToken.IsCancellationRequested)
        {
            // Without the store the caller is denied, which is still a decision.
        }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static ServiceProvider Build(ILineTarget target, Store store, KeyHasher hasher, TelemetryOptions telemetry, TimeProvider time)
    {
        var settings = new SettingsMonitor(
            new(null, new Dictionary<string, string>(), [], "/"),
            new(WarmUpRequests.Settings, [], [], new()),
            time,
            NullLogger<SettingsMonitor>.Instance
        );
        var redis = new RedisOptions();
        var services = new ServiceCollection();
        services.AddSingleton(time);
        services.AddLogging();
        services.AddSettings(settings);
        services.AddSidecarMetrics();
        services.AddSingleton(store);
        services.AddRateLimiting(redis);
        services.AddAuthentication(hasher);
        services.AddInvalidation(redis);
        services.AddJwt();
        services.AddAssertions();
        services.AddApps();
        services.AddPricing();
        services.AddBudgets(redis);
        services.AddUsage(NullDevice);
        services.AddCloser();
        services.AddTokenLimits(redis);
        services.AddParallelLimits(redis);
        services.AddSocketLeases(redis);
        services.AddExtAuthz();
        services.AddSingleton(_ => new DecisionLog(
            time,
            new LineOutput(target, time, TextWriter.Null),
            telemetry.LogFormat == LogFormat.Text
        ));
        return services.BuildServiceProvider();
    }

    // Into the caches, as if read from the store.
    private async Task SeedAsync(KeyHasher hasher, CancellationToken cancellationToken)
    {
        _ = _services.GetRequiredService<MeterProvider>();

        // The first poll empties the caches.
        await RefreshAsync(cancellationToken);
        var (identity, app) = (WarmUpRequests.Caller, WarmUpRequests.App);
        await _services
            .GetRequiredService<KeyCaches>()
            .ByToken.LoadAsync(hasher.Hash(Token), () => Task.FromResult<AuthenticationResult>(identity), cancellationToken);
        await _services.GetRequiredService<AppCache>().LoadAsync(app.Id, () => Task.FromResult<AppFacts?>(app), cancellationToken);
        await _services
            .GetRequiredService<MemberCache>()
            .LoadAsync(new(app.TenantId, identity.UserId!), () => Task.FromResult(true), cancellationToken);
    }
}
