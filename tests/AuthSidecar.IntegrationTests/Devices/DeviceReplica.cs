using AuthSidecar.Administration.Devices;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.IntegrationTests.Devices;

/// <summary>The device flow of one replica, with a connection of its own to the store.</summary>
internal sealed class DeviceReplica(Store store, KeyHasher hasher, DeviceOptions options, TimeProvider time) : IAsyncDisposable
{
    private readonly LiveOptions<DeviceOptions> _options = new(options);

    public Store Store => store;

    public TestMeters Meters { get; } = new();

    private GrantCodes Codes { get; } = new(hasher);

    private GrantMetrics Metrics => field ??= new(Meters);

    private StartGrant Starts => field ??= new(store, Codes, Metrics, _options, time);

    public Task<Administration.Shared.Outcome<StartedGrant>> StartAsync(NewGrant wanted, Func<string>? newUserCode = null) =>
        (newUserCode is null ? Starts : new(store, Codes, Metrics, _options, time) { NewUserCode = newUserCode }).RunAsync(
            wanted,
            CancellationToken.None
        );

    public Task<DeviceGrantView?> FindAsync(string userCode) =>
        new FindGrant(store, Codes, Metrics, _options, time).RunAsync(userCode, CancellationToken.None);

    public async Task<string> ApproveAsync(string userCode, Approver by)
    {
        var outcome = await new DecideGrant(store, Codes, Metrics, _options, time).ApproveAsync(userCode, by, CancellationToken.None);
        return outcome.Refusal?.Code ?? Word(outcome.Value);
    }

    public async Task<string> DenyAsync(string userCode, Approver by)
    {
        var outcome = await new DecideGrant(store, Codes, Metrics, _options, time).DenyAsync(userCode, by, CancellationToken.None);
        return outcome.Refusal?.Code ?? Word(outcome.Value);
    }

    public Task<Collected> CollectAsync(string deviceCode, string clientId = "ci") =>
        new CollectGrant(store, hasher, Codes, Metrics, _options, time).RunAsync(deviceCode, clientId, CancellationToken.None);

    public async Task SweepAsync()
    {
        using var sweep = new DeviceGrantSweep(store, time, NullLogger<DeviceGrantSweep>.Instance);
        await sweep.RunAsync(CancellationToken.None);
    }

    public ValueTask DisposeAsync()
    {
        Meters.Dispose();
        return store.DisposeAsync();
    }

    private static string Word(DeviceGrantView view) => view.Status.ToString().ToLowerInvariant();
}
