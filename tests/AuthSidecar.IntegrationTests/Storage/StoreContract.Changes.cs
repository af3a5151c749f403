using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>The invalidations that replicas poll: in order, complete, and visible only after the commit of the change.</summary>
public abstract partial class StoreContract
{
    private protected async Task<List<CacheInvalidation>> ChangesAsync()
    {
        await using var context = Another.Open();
        return await context.Invalidations.OrderBy(change => change.Sequence).ToListAsync();
    }

    [RequiresStoreFact]
    public async Task Changes_AreNumberedInOrder_AndNumbersAreNotUsedAgain()
    {
        await SaveAsync(
            Store,
            CacheInvalidation.OfKey("k", DateTimeOffset.UnixEpoch),
            CacheInvalidation.OfMember("t", "u", DateTimeOffset.UnixEpoch),
            CacheInvalidation.OfApp("a", DateTimeOffset.UnixEpoch)
        );
        var first = await ChangesAsync();
        await using (var context = Store.Open())
        {
            await context.Invalidations.ExecuteDeleteAsync();
        }

        await SaveAsync(Another, CacheInvalidation.OfEverything(DateTimeOffset.UnixEpoch.AddTicks(10)));
        var later = Assert.Single(await ChangesAsync());

        Assert.Equal(
            [("k", null, null, null), (null, "u", "t", null), (null, null, null, "a")],
            first.Select(change => (change.KeyId, change.UserId, change.TenantId, change.AppId))
        );
        Assert.True(later.Sequence > first[^1].Sequence);
        Assert.Equal(DateTimeOffset.UnixEpoch.AddTicks(10), later.At);
    }

    /// <summary>With any number of writers, a reader that sees a number has seen all smaller ones.</summary>
    [RequiresStoreFact]
    public async Task Poller_MissesNoChange_WhileManyWrite()
    {
        const int Each = 25;
        var writing = Task.WhenAll(
            Enumerable
                .Range(0, Writers)
                .Select(writer =>
                    Task.Run(async () =>
                    {
                        for (var number = 0; number < Each; number++)
                        {
                            await SaveAsync(
                                writer % 2 == 0 ? Store : Another,
                                CacheInvalidation.OfKey($"{writer}-{number}", DateTimeOffset.UnixEpoch),
                                CacheInvalidation.OfUser($"{writer}-{number}", DateTimeOffset.UnixEpoch)
                            );
                        }
                    })
                )
        );
        var seen = new List<string>();
        var position = 0L;
        for (var isLast = false; !isLast; )
        {
            isLast = writing.IsCompleted;
            await using var context = Another.Open();
            var latest = await context
                .Invalidations.Select(change => change.Sequence)
                .OrderByDescending(sequence => sequence)
                .FirstOrDefaultAsync();
            seen.AddRange(
                await context
                    .Invalidations.Where(change => change.Sequence > position && change.Sequence <= latest)
                    .Select(change => change.KeyId ?? change.UserId!)
                    .ToListAsync()
            );
            position = latest;
        }

        await writing;
        Assert.Equal(Writers * Each * 2, seen.Count);
        Assert.Equal(Writers * Each, seen.Distinct().Count());
    }

    [RequiresStoreFact]
    public async Task SavedChanges_AreAnnouncedAfterTheCommitOnly()
    {
        var saved = new List<string>();
        Store.Invalidations.Saved += changes => saved.Add(string.Join(' ', changes.Select(change => change.KeyId)));
        await using (var context = Store.Open())
        {
            await using (var lost = await context.Database.BeginTransactionAsync())
            {
                context.Invalidations.Add(CacheInvalidation.OfKey("lost", DateTimeOffset.UnixEpoch));
                await context.SaveChangesAsync();
                await lost.RollbackAsync();
            }

            Assert.Empty(saved);
        }

        await using (var context = Store.Open())
        {
            await using var transaction = await context.Database.BeginTransactionAsync();
            context.Invalidations.Add(CacheInvalidation.OfKey("a", DateTimeOffset.UnixEpoch));
            await context.SaveChangesAsync();
            context.Invalidations.Add(CacheInvalidation.OfKey("b", DateTimeOffset.UnixEpoch));
            await context.SaveChangesAsync();
            Assert.Empty(saved);
            await transaction.CommitAsync();
            Assert.Equal(["a b"], saved);
            context.Invalidations.Add(CacheInvalidation.OfKey("c", DateTimeOffset.UnixEpoch));
        }

        await SaveAsync(Store, CacheInvalidation.OfKey("d", DateTimeOffset.UnixEpoch));
        Assert.Equal(["a b", "d"], saved);
        Assert.Equal(["a", "b", "d"], (await ChangesAsync()).Select(change => change.KeyId));
    }

    private static async Task SaveAsync(Store store, params CacheInvalidation[] changes)
    {
        await using var context = store.Open();
        context.Invalidations.AddRange(changes);
        await context.SaveChangesAsync();
    }
}
