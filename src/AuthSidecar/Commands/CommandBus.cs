using AuthSidecar.Changes;
using AuthSidecar.Configuration;
using AuthSidecar.Keys;
using AuthSidecar.Redis;
using AuthSidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Commands;

/// <summary>Tells running replicas of what a command changes. It connects only when there is something to tell, and gives up soon: they read the store anyway.</summary>
internal sealed class CommandBus : IAsyncDisposable
{
    private readonly Settings _settings;
    private readonly TimeProvider _time;
    private readonly RedisConnection? _redis;
    private Task<InvalidationPublisher>? _connecting;

    public CommandBus(Settings settings, Store store, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        if (settings.Redis.ConnectionString is { } text && RedisAddress.Parse(text) is { } address)
        {
            _redis = new(address, NullLogger<RedisConnection>.Instance);
            store.Invalidations.Announce = AnnounceAsync;
        }
    }

    public ValueTask DisposeAsync() => _connecting is null ? ValueTask.CompletedTask : _redis!.DisposeAsync();

    private async Task AnnounceAsync(IReadOnlyList<CacheInvalidation> invalidations)
    {
        try
        {
            await (await (_connecting ??= ConnectAsync())).AnnounceAsync(invalidations);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or StoreConfigurationException)
        {
            // Without peppers there is no MAC that replicas would believe.
        }
    }

    private async Task<InvalidationPublisher> ConnectAsync()
    {
        var peppers = new KeyHasher(await PepperFile.PeppersOfAsync(_settings, _time, CancellationToken.None));
        await _redis!.StartAsync(CancellationToken.None);
        return new(_redis, new(peppers), _time, NullLogger<InvalidationPublisher>.Instance);
    }
}
