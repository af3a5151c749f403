using AuthSidecar.Authentication;
using AuthSidecar.Budgets;
using AuthSidecar.Changes;
using AuthSidecar.Keys;
using AuthSidecar.Pipeline;
using AuthSidecar.RateLimiting;
using AuthSidecar.Storage;

namespace AuthSidecar.Tests.Authentication;

/// <summary>What is remembered, for how long, and what ends it.</summary>
public class CachedAuthenticationTests
{
    [Fact]
    public async Task SecondRequest_DoesNotAskTheStore()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();

        var first = await world.AuthenticateAsync(key.Token);
        var second = await world.AuthenticateAsync(key.Token);

        Assert.Same(first.Identity, second.Identity);
        Assert.Equal(1, world.Queries.Count);
    }

    [Fact]
    public async Task LoadedAgain_StartsWithNothingPrepared()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.PollAsync();
        var first = (await world.AuthenticateAsync(key.Token)).Identity!;

        world.Time.Advance(TimeSpan.FromSeconds(20));
        await world.PollAsync();
        Assert.Same(first, (await world.AuthenticateAsync(key.Token)).Identity);
        world.Time.Advance(TimeSpan.FromSeconds(20));
        await world.PollAsync();
        world.Time.Advance(TimeSpan.FromSeconds(20));
        var second = (await world.AuthenticateAsync(key.Token)).Identity!;

        Assert.NotSame(first, second);
        Assert.NotSame(first.Answers, second.Answers);
    }

    [Fact]
    public async Task TokenAndIdOfOneKey_AreRememberedApart()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();

        var byToken = await world.AuthenticateAsync(key.Token);
        var byId = await world.AuthenticateIdAsync(key.Key.Id);

        Assert.NotSame(byToken.Identity, byId.Identity);
        Assert.Equal(2, world.Queries.Count);
    }

    [Fact]
    public async Task SixtyFourAtOnce_OneLookUp()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        var hold = new TaskCompletionSource();
        world.Queries.AfterRead = () => hold.Task;
        var requests = Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await world.AuthenticateAsync(key.Token))).ToList();

        hold.SetResult();
        var results = await Task.WhenAll(requests);

        Assert.All(results, result => Assert.NotNull(result.Identity));
        Assert.Equal(1, world.Queries.Count);
    }

    [Fact]
    public async Task RevokedHereByAUseCase_IsRefusedAtOnce()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
        Assert.NotNull((await world.AuthenticateIdAsync(key.Key.Id)).Identity);

        await world.RevokeAsync(key.Key.Id);

        Assert.Equal(AuthenticationFailure.RevokedKey, (await world.AuthenticateAsync(key.Token)).Failure);
        Assert.Equal(AuthenticationFailure.RevokedKey, (await world.AuthenticateIdAsync(key.Key.Id)).Failure);
    }

    [Fact]
    public async Task RevokedBetweenReadAndCache_DoesNotComeBack()
    {
        await using var world = await KeyWorld.StartAsync();
        await using var another = await world.StartAnotherAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        var hasRead = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        world.Queries.AfterRead = () =>
        {
            world.Queries.AfterRead = null;
            hasRead.SetResult();
            return goOn.Task;
        };

        var request = world.AuthenticateAsync(key.Token);
        await hasRead.Task;
        await another.RevokeAsync(key.Key.Id);
        await world.PollAsync();
        goOn.SetResult();

        Assert.Equal(AuthenticationFailure.RevokedKey, (await request).Failure);
        Assert.Equal(AuthenticationFailure.RevokedKey, (await world.AuthenticateAsync(key.Token)).Failure);
        Assert.Equal(2, world.Queries.Count);
    }

    [Fact]
    public async Task RevokedElsewhere_IsRefusedAfterThePoll()
    {
        await using var world = await KeyWorld.StartAsync();
        await using var another = await world.StartAnotherAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);

        await another.RevokeAsync(key.Key.Id);
        await world.PollAsync();

        Assert.Equal(AuthenticationFailure.RevokedKey, (await world.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task SuspendedAndWokenElsewhere_FollowsThePolls()
    {
        await using var world = await KeyWorld.StartAsync();
        await using var another = await world.StartAnotherAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);

        await another.SetStatusAsync("alice", UserStatus.Suspended);
        await world.PollAsync();
        Assert.Equal(AuthenticationFailure.InactiveUser, (await world.AuthenticateAsync(key.Token)).Failure);

        await another.SetStatusAsync("alice", UserStatus.Active);
        await world.PollAsync();
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
    }

    [Fact]
    public async Task UnknownKeyIsMadeElsewhere_IsKnownAfterThePoll()
    {
        await using var world = await KeyWorld.StartAsync();
        await using var another = await world.StartAnotherAsync();
        await world.CreateUserAsync();
        var key = await another.CreateKeyAsync();
        world.Execute("CREATE TABLE Aside AS SELECT * FROM ApiKeys; DELETE FROM ApiKeys;");
        Assert.Equal(AuthenticationFailure.UnknownKey, (await world.AuthenticateAsync(key.Token)).Failure);
        world.Execute("INSERT INTO ApiKeys SELECT * FROM Aside; INSERT INTO Changes (KeyId, At) SELECT Id, 0 FROM Aside;");
        Assert.Equal(AuthenticationFailure.UnknownKey, (await world.AuthenticateAsync(key.Token)).Failure);

        await world.PollAsync();

        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
    }

    [Fact]
    public async Task StoreIsReplacedByAnOlderOne_ForgetsEverything()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var key = await world.CreateKeyAsync();
        await world.PollAsync();
        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);

        world.Execute("DELETE FROM ApiKeys; DELETE FROM Changes;");
        await world.PollAsync();

        Assert.Equal(AuthenticationFailure.UnknownKey, (await world.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task OldPepper_AuthenticatesAndIsRewritten()
    {
        await using var old = await KeyWorld.StartAsync(null, "old");
        await using var world = await old.StartAnotherAsync("new", "old");
        await using var after = await old.StartAnotherAsync("new");
        await old.CreateUserAsync();
        var key = await old.CreateKeyAsync();
        Assert.Equal(AuthenticationFailure.InvalidKey, (await after.AuthenticateAsync(key.Token)).Failure);

        Assert.NotNull((await world.AuthenticateAsync(key.Token)).Identity);
        await world.Bookkeeping.FlushAsync(CancellationToken.None);

        after.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.NotNull((await after.AuthenticateAsync(key.Token)).Identity);
        Assert.Equal(AuthenticationFailure.InvalidKey, (await old.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task Rotated_OldKeyEndsAtOnceAndTheNewOneHasItsRights()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var old = await world.CreateKeyAsync(new NewKey("alice") { Scopes = ["a", "b"], Tenant = "acme", Models = ["gpt-*"], Limit = new(3, TimeSpan.FromSeconds(9)) });
        var before = (await world.AuthenticateAsync(old.Token)).Identity!;

        var rotated = (await new RotateKey(world.Store, world.Hasher, world.Time).RunAsync(old.Key.Id, TimeSpan.Zero, CancellationToken.None)).Value;

        Assert.Equal(AuthenticationFailure.ExpiredKey, (await world.AuthenticateAsync(old.Token)).Failure);
        var after = (await world.AuthenticateAsync(rotated.Token)).Identity!;
        Assert.NotEqual(before.KeyId, after.KeyId);
        Assert.Equal((before.UserId, before.Tenant, before.Limit), (after.UserId, after.Tenant, after.Limit));
        Assert.Equal((before.Scopes, before.Models), (after.Scopes, after.Models));
    }

    [Fact]
    public async Task Rotated_MaySpendNoMoreThanBefore()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var old = await world.CreateKeyAsync();
        Assert.Null((await new SetBudget(world.Store, world.Time).RunAsync(BudgetScope.Key, old.Key.Id, 0, CancellationToken.None)).Refusal);

        var rotated = (await new RotateKey(world.Store, world.Hasher, world.Time).RunAsync(old.Key.Id, TimeSpan.Zero, CancellationToken.None)).Value;

        using var budgets = new BudgetReader(world.Store, world.Time);
        var identity = (await world.AuthenticateAsync(rotated.Token)).Identity!;
        Assert.Equal(old.Key.Id, identity.Line);
        Assert.True((await budgets.ReadAsync(new(null, identity.Line), CancellationToken.None)).IsExceeded);
    }

    /// <summary>In the time of grace two keys must not have two limits.</summary>
    [Fact]
    public async Task RotatedTwice_AllAreCountedTogether()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var keys = new List<IssuedKey> { await world.CreateKeyAsync(new NewKey("alice") { Limit = new(3, TimeSpan.FromSeconds(9)), Subject = SubjectType.Service }) };
        for (var i = 0; i < 2; i++)
        {
            keys.Add((await new RotateKey(world.Store, world.Hasher, world.Time).RunAsync(keys[^1].Key.Id, TimeSpan.FromHours(1), CancellationToken.None)).Value);
        }

        var identities = new List<Identity>();
        foreach (var key in keys)
        {
            identities.Add((await world.AuthenticateAsync(key.Token)).Identity!);
        }

        Assert.Equal(3, identities.Select(identity => identity.KeyId).Distinct().Count());
        Assert.All(identities, identity => Assert.Equal((keys[0].Key.Id, keys[0].Key.Id, keys[0].Key.Id), (identity.Line, identity.Account, identity.SocketOwner)));
        Assert.Single(identities.Select(identity => RequestLimits.BucketsOf(identity, null, new())[0]).Distinct());

        // What a replica remembers of any of them goes with a change of the line.
        Assert.All(identities, identity => Assert.True(new InvalidationSet([CacheInvalidation.OfKey(keys[0].Key.Id, default)]).Touches(identity)));
    }

    [Fact]
    public async Task RotatedWithGrace_BothWorkUntilItIsOver()
    {
        await using var world = await KeyWorld.StartAsync();
        await world.CreateUserAsync();
        var old = await world.CreateKeyAsync(world.Time.GetUtcNow().AddHours(10));
        var rotated = (await new RotateKey(world.Store, world.Hasher, world.Time).RunAsync(old.Key.Id, TimeSpan.FromSeconds(20), CancellationToken.None)).Value;

        world.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.NotNull((await world.AuthenticateAsync(old.Token)).Identity);
        world.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(AuthenticationFailure.ExpiredKey, (await world.AuthenticateAsync(old.Token)).Failure);
        Assert.Equal(old.Key.ExpiresAt, (await world.AuthenticateAsync(rotated.Token)).Identity?.ExpiresAt);
    }
}
