using AuthSidecar.Access.Identities;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>Keys in use at the end of their lifetime in the cache, with and without a store.</summary>
public class BusyKeyTests
{
    [Fact]
    public async Task InTheLastQuarter_TheAnswerIsUsed_AndReadAgainInTheBackground()
    {
        await using var fixture = await StartAsync();
        var (byToken, byId) = await KeyAsync(fixture);
        await AdvanceAsync(fixture, 44);
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
        Assert.Equal(2, fixture.Queries.Count);

        await AdvanceAsync(fixture, 1);
        var hold = new TaskCompletionSource();
        fixture.Queries.AfterRead = () => hold.Task;
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
        await Eventually.TrueAsync(() => Task.FromResult(fixture.Queries.Count == 4), "one read for each");
        hold.SetResult();
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    fixture.Caches.ById.Find(byId, fixture.Clock.GetTimestamp()) is not null
                        && fixture.Caches.ByToken.Find(fixture.Hasher.Hash(byToken), fixture.Clock.GetTimestamp()) is not null
                ),
            "the answers are renewed"
        );

        await AdvanceAsync(fixture, 44);
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
        Assert.Equal(4, fixture.Queries.Count);
    }

    [Fact]
    public async Task ShortOutage_RefusesNoBusyKey()
    {
        await using var fixture = await StartAsync();
        var (byToken, byId) = await KeyAsync(fixture);
        await AdvanceAsync(fixture, 55);
        await TakeStoreAwayAsync(fixture);

        for (var second = 0; second < 13; second++)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(1));
            Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
            Assert.False(await fixture.PollAsync());
        }

        BringStoreBack(fixture);
        Assert.True(await fixture.PollAsync());
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task WithoutAnySource_NothingCountsBeyondMaxStaleness(bool isNoticed)
    {
        await using var fixture = await StartAsync();
        var (byToken, byId) = await KeyAsync(fixture);
        await AdvanceAsync(fixture, 55);
        await TakeStoreAwayAsync(fixture);
        Assert.False(isNoticed && await fixture.PollAsync());

        fixture.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
        fixture.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(byToken)).Failure);
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateIdAsync(byId)).Failure);
    }

    [Fact]
    public async Task WhileRedisAnswers_TheBoundIsMaxStalenessBeyondTheLifetime()
    {
        await using var fixture = await StartAsync();
        Confirm(fixture);
        await fixture.PollAsync();
        var (byToken, byId) = await KeyAsync(fixture);
        await TakeStoreAwayAsync(fixture);
        Assert.False(await fixture.PollAsync());

        fixture.Time.Advance(TimeSpan.FromSeconds(90) - TimeSpan.FromTicks(1));
        Confirm(fixture);
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));
        fixture.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(byToken)).Failure);
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateIdAsync(byId)).Failure);
    }

    [Fact]
    public async Task RevokedInAnOutage_IsNoLongerRemembered()
    {
        await using var fixture = await StartAsync();
        Confirm(fixture);
        await fixture.PollAsync();
        var (byToken, byId) = await KeyAsync(fixture);
        await TakeStoreAwayAsync(fixture);
        Assert.False(await fixture.PollAsync());
        fixture.Time.Advance(TimeSpan.FromSeconds(65));
        Confirm(fixture);
        Assert.Equal((true, true), await AreKnownAsync(fixture, byToken, byId));

        fixture.Watcher.Receive([CacheInvalidation.OfKey(byId, fixture.Clock.GetUtcNow())]);

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(byToken)).Failure);
        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateIdAsync(byId)).Failure);
    }

    [Fact]
    public async Task RevokedWhileAReadIsWaitedFor_IsRefused()
    {
        await using var fixture = await StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        var (byToken, byId) = await KeyAsync(fixture);
        await AdvanceAsync(fixture, 65);
        var goOn = new TaskCompletionSource();
        fixture.Queries.AfterRead = () =>
        {
            fixture.Queries.AfterRead = null;
            return goOn.Task;
        };

        var pending = fixture.AuthenticateAsync(byToken);
        await Eventually.TrueAsync(() => Task.FromResult(fixture.Queries.Count == 3), "the key is read");
        await another.RevokeAsync(byId);
        await fixture.PollAsync();
        fixture.Time.Advance(TimeSpan.FromMilliseconds(50));
        goOn.SetResult();

        Assert.Equal(AuthenticationFailure.RevokedKey, (await pending).Failure);
    }

    [Fact]
    public async Task SlowStore_IsWaitedForShortly()
    {
        await using var fixture = await StartAsync();
        var (byToken, _) = await KeyAsync(fixture);
        await AdvanceAsync(fixture, 65);
        var hang = new TaskCompletionSource();
        fixture.Queries.AfterRead = () => hang.Task;

        var pending = fixture.AuthenticateAsync(byToken).AsTask();
        await Eventually.TrueAsync(() => Task.FromResult(fixture.Queries.Count == 3), "the key is read");
        Assert.False(pending.IsCompleted);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(50));

        Assert.NotNull((await pending).Identity);
        hang.SetResult();
    }

    [Fact]
    public async Task KeyThatExpiresInAnOutage_IsNotUsedBeyondItsExpiry()
    {
        await using var fixture = await StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync(fixture.Clock.GetUtcNow().AddSeconds(62));
        Assert.True(await fixture.PollAsync());
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        await AdvanceAsync(fixture, 55);
        await TakeStoreAwayAsync(fixture);
        Assert.False(await fixture.PollAsync());

        fixture.Time.Advance(TimeSpan.FromSeconds(7));
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        fixture.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal(AuthenticationFailure.StoreUnavailable, (await fixture.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task WithoutALifetime_NothingIsRemembered()
    {
        await using var fixture = await KeyFixture.StartAsync(new() { PositiveTtl = TimeSpan.Zero });
        var (byToken, byId) = await KeyAsync(fixture);
        await TakeStoreAwayAsync(fixture);

        Assert.Equal((false, false), await AreKnownAsync(fixture, byToken, byId));
    }

    private static Task<KeyFixture> StartAsync() => KeyFixture.StartAsync();

    private static async Task<(string Token, string Id)> KeyAsync(KeyFixture fixture)
    {
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();

        // The poll drops what the changes of the key concern.
        Assert.True(await fixture.PollAsync());
        Assert.Equal((true, true), await AreKnownAsync(fixture, key.Token, key.Key.Id));
        return (key.Token, key.Key.Id);
    }

    private static async Task<(bool ByToken, bool ById)> AreKnownAsync(KeyFixture fixture, string token, string id) =>
        ((await fixture.AuthenticateAsync(token)).Identity is not null, (await fixture.AuthenticateIdAsync(id)).Identity is not null);

    private static async Task AdvanceAsync(KeyFixture fixture, int seconds)
    {
        for (var left = seconds; left > 0; left -= 20)
        {
            fixture.Time.Advance(TimeSpan.FromSeconds(Math.Min(left, 20)));
            Assert.True(await fixture.PollAsync());
        }
    }

    private static void Confirm(KeyFixture fixture) =>
        fixture.Watcher.Subscription.Confirm(fixture.Clock.GetTimestamp(), fixture.Watcher.Subscription.Breaks);

    private static async Task TakeStoreAwayAsync(KeyFixture fixture)
    {
        await fixture.Store.DisposeAsync();
        File.Move(fixture.DatabasePath, fixture.DatabasePath + ".away");
    }

    private static void BringStoreBack(KeyFixture fixture) => File.Move(fixture.DatabasePath + ".away", fixture.DatabasePath);
}
