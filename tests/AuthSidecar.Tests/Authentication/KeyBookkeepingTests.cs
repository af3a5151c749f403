using AuthSidecar.Keys;
using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Authentication;

public class KeyBookkeepingTests
{
    [Fact]
    public async Task LastUse_IsWrittenOnceAMinute()
    {
        await using var world = await KeyWorld.StartAsync(new() { PositiveTtl = TimeSpan.FromHours(1), MaxStaleness = TimeSpan.FromHours(1) });
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        var start = Instant.Now(world.Time);
        Assert.Null(await LastUseAsync(world, key));

        await world.AuthenticateAsync(key.Token);
        Assert.Equal(start, await LastUseAsync(world, key));

        world.Time.Advance(TimeSpan.FromSeconds(59));
        await world.AuthenticateAsync(key.Token);
        Assert.Equal(start, await LastUseAsync(world, key));

        world.Time.Advance(TimeSpan.FromSeconds(1));
        await world.AuthenticateAsync(key.Token);
        Assert.Equal(start.AddSeconds(60), await LastUseAsync(world, key));
    }

    [Fact]
    public async Task LastUse_IsNotWrittenForARefusedKey()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.SetStatusAsync("alice", UserStatus.Suspended);

        await world.AuthenticateAsync(key.Token);

        Assert.Null(await LastUseAsync(world, key));
    }

    [Fact]
    public async Task Expiry_IsMadeFinalOnceByOneOfAllReplicas()
    {
        await using var world = await KeyWorld.StartAsync();
        await using var another = await world.StartAnotherAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync(world.Time.GetUtcNow().AddSeconds(-1));

        await world.AuthenticateAsync(key.Token);
        await world.AuthenticateIdAsync(key.Key.Id);
        await another.AuthenticateAsync(key.Token);
        await world.Bookkeeping.FlushAsync(CancellationToken.None);
        await another.Bookkeeping.FlushAsync(CancellationToken.None);

        var told = Assert.Single(world.Audit.Events.Concat(another.Audit.Events));
        Assert.Equal((true, "token_expired", key.Key.Id), (told["audit"], told["event"], told["key_id"]));
        await using var context = world.Store.Open();
        var row = await context.ApiKeys.SingleAsync();
        Assert.Null(row.Hash);
        Assert.NotNull(row.ExpiredAt);
    }

    [Fact]
    public async Task StoreIsGone_LosesNotesButGoesOn()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.AuthenticateAsync(key.Token);
        await world.Store.DisposeAsync();
        File.Move(world.DatabasePath, world.DatabasePath + ".away");

        await world.Bookkeeping.StopAsync(CancellationToken.None);

        Assert.Single(world.BookkeepingLog.Entries);
        File.Move(world.DatabasePath + ".away", world.DatabasePath);
        world.Time.Advance(TimeSpan.FromSeconds(30));
        await world.PollAsync();
        world.Time.Advance(TimeSpan.FromSeconds(30));
        await world.AuthenticateAsync(key.Token);
        Assert.Equal(Instant.Now(world.Time), await LastUseAsync(world, key));
    }

    private static async Task<DateTimeOffset?> LastUseAsync(KeyWorld world, IssuedKey key)
    {
        await world.Bookkeeping.FlushAsync(CancellationToken.None);
        return (await new ShowKey(world.Store).RunAsync(key.Key.Id, CancellationToken.None)).Value.LastUsedAt;
    }
}
