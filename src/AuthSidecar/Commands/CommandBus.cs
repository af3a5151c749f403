using AuthSidecar.Changes;
using AuthSidecar.Configuration;
using AuthSidecar.Redis;
using AuthSidecar.Storage;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Commands;

/// <summary>Tells running replicas of what a command changes. It connects only when there is something to tell, and gives up soon: they read the store anyway.</summary>
internal sealed class CommandBus : IAsyncDisposable
{
    private readonly RedisConnection? _redis;
    private readonly ChangeBus? _bus;
    private Task? _connecting;

    public CommandBus(Settings settings, Store store, TimeProvider time)
    {
        if (settings.Redis.ConnectionString is { } text && RedisAddress.Parse(text) is { } address)
        {
            _redis = new(address, NullLogger<RedisConnection>.Instance);
            _bus = new(_redis, time, NullLogger<ChangeBus>.Instance);
            store.Changes.Announce = AnnounceAsync;
        }
    }

    public ValueTask DisposeAsync() => _connecting is null ? ValueTask.CompletedTask : _redis!.DisposeAsync();

    private async Task AnnounceAsync(IReadOnlyList<Change> changes)
    {
        await (_connecting ??= _redis!.StartAsync(CancellationToken.None));
        await _bus!.AnnounceAsync(changes);
    }
}
