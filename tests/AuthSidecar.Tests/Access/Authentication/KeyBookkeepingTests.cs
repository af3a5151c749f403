using AuthSidecar.Access.Identities;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Access.Authentication;

public class KeyBookkeepingTests
{
    [Fact]
    public async Task LastUse_IsWrittenOnceAMinute()
    {
        await using var fixture = await KeyFixture.StartAsync(
            new() { PositiveTtl = TimeSpan.FromHours(1), MaxStaleness = TimeSpan.FromHours(1) }
        );
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        var start = Instant.Now(fixture.Time);
        Assert.Null(await LastUseAsync(fixture, key));

        await fixture.AuthenticateAsync(key.Token);
        Assert.Equal(start, await LastUseAsync(fixture, key));

        fixture.Time.Advance(TimeSpan.FromSeconds(59));
        await fixture.AuthenticateAsync(key.Token);
        Assert.Equal(start, await LastUseAsync(fixture, key));

        fixture.Time.Advance(TimeSpan.FromSeconds(1));
        await fixture.AuthenticateAsync(key.Token);
        Assert.Equal(start.AddSeconds(60), await LastUseAsync(fixture, key));
    }

    [Fact]
    public async Task LastUse_IsNotWrittenForARefusedKey()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.SetStatusAsync("alice", UserStatus.Suspended);

        await fixture.AuthenticateAsync(key.Token);

        Assert.Null(await LastUseAsync(fixture, key));
    }

    [Fact]
    public async Task Expiry_IsMadeFinalOnceByOneOfAllReplicas()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow().AddSeconds(-1));

        await fixture.AuthenticateAsync(key.Token);
        await fixture.AuthenticateIdAsync(key.Key.Id);
        await another.AuthenticateAsync(key.Token);
        await fixture.Bookkeeping.FlushAsync(CancellationToken.None);
        await another.Bookkeeping.FlushAsync(CancellationToken.None);

        var told = Assert.Single(fixture.Audit.Events.Concat(another.Audit.Events));
        Assert.Equal((true, "token_expired", key.Key.Id), (told["audit"], told["event"], told["key_id"]));
        await using var context = fixture.Store.Open();
        var row = await context.ApiKeys.SingleAsync();
        Assert.NotNull(row.ExpiredAt);
        await using var later = await fixture.StartAnotherAsync();
        var result = await later.AuthenticateAsync(key.Token);
        Assert.Equal((AuthenticationFailure.ExpiredKey, key.Key.Id), (result.Failure, result.DeniedIdentity?.KeyId));
    }

    [Fact]
    public async Task StoreOutage_LosesPendingWritesAndContinues()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.AuthenticateAsync(key.Token);
        await fixture.Store.DisposeAsync();
        File.Move(fixture.DatabasePath, fixture.DatabasePath + ".away");

        await fixture.Bookkeeping.StopAsync(CancellationToken.None);

        Assert.Single(fixture.BookkeepingLog.Entries);
        File.Move(fixture.DatabasePath + ".away", fixture.DatabasePath);
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await fixture.PollAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        await fixture.AuthenticateAsync(key.Token);
        Assert.Equal(Instant.Now(fixture.Time), await LastUseAsync(fixture, key));
    }

    private static async Task<DateTimeOffset?> LastUseAsync(KeyFixture fixture, IssuedKey key)
    {
        await fixture.Bookkeeping.FlushAsync(CancellationToken.None);
        return (await new ShowKey(fixture.Store).RunAsync(key.Key.Id, CancellationToken.None)).Value.LastUsedAt;
    }
}
