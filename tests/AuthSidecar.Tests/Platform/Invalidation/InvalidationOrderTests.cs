using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Platform.Invalidation;

public sealed class InvalidationOrderTests
{
    [Fact]
    public async Task HandlersThatQueryOthers_AreInvalidatedAfterAllCaches()
    {
        using var directory = new TemporaryDirectory();
        await using var store = SqliteStore.For(new(), directory.Path, TimeProvider.System);
        await store.MigrateAsync(CancellationToken.None);
        var told = new List<string>();
        using var watcher = new InvalidationPoller(
            store,
            [new Asking(told), new Remembering(told), new Asking(told), new Remembering(told)],
            new(),
            new(new TestMeters(), TimeProvider.System),
            TimeProvider.System,
            new RecordingLogger<InvalidationPoller>()
        );

        watcher.Receive([CacheInvalidation.OfKey("a", DateTimeOffset.UnixEpoch)]);

        Assert.Equal(["remembers", "remembers", "asks", "asks"], told);
    }

    private sealed class Remembering(List<string> told) : ICacheInvalidationHandler
    {
        public void Invalidate(InvalidationSet invalidations) => told.Add("remembers");
    }

    private sealed class Asking(List<string> told) : ICacheInvalidationHandler
    {
        public bool RunsAfterCaches => true;

        public void Invalidate(InvalidationSet invalidations) => told.Add("asks");
    }
}
