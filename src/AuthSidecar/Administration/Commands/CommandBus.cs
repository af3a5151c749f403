using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Administration.Commands;

/// <summary>
/// Publishes a command's invalidations to running replicas. Connects on the first one, with a short timeout: replicas also poll the store.
/// Without Redis's address or the peppers, as in an admin's shell, they only poll.
/// </summary>
internal sealed class CommandBus : IAsyncDisposable
{
    private readonly SidecarSettings _settings;
    private readonly TimeProvider _time;
    private readonly RedisConnection? _redis;
    private Task<InvalidationPublisher?>? _connecting;

    public CommandBus(SidecarSettings settings, Store store, TimeProvider time)
    {
        (_settings, _time) = (settings, time);
        if (settings.Redis.ConnectionString is { Missing: null } text && RedisAddress.Parse(text) is { } address)
        {
            _redis = new(address, NullLogger<RedisConnection>.Instance);
            store.AnnounceOver(() => _connecting ??= ConnectAsync());
        }
    }

    public ValueTask DisposeAsync() => _connecting is null ? ValueTask.CompletedTask : _redis!.DisposeAsync();

    private async Task<InvalidationPublisher?> ConnectAsync()
    {
        try
        {
            var peppers = new KeyHasher(
                await PepperFile.PeppersOfAsync(_settings.Auth.Peppers, _settings.DataDirectory, _time, CancellationToken.None)
            );
            await _redis!.StartAsync(CancellationToken.None);
            return new(_redis, new(peppers), _time, NullLogger<InvalidationPublisher>.Instance);
        }
        catch (Exception fault) when (fault is StoreUnavailableException or StoreConfigurationException)
        {
            // Replicas accept no MAC made without peppers.
            return null;
        }
    }
}
