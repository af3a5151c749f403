using AuthSidecar.Access.Identities;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Tests.Access.Authentication;

/// <summary>Contents, lifetime and invalidation of the identity caches.</summary>
public class CachedAuthenticationTests
{
    [Fact]
    public async Task SecondRequest_DoesNotReadTheStore()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();

        var first = await fixture.AuthenticateAsync(key.Token);
        var second = await fixture.AuthenticateAsync(key.Token);

        Assert.Same(first.Identity, second.Identity);
        Assert.Equal(1, fixture.Queries.Count);
    }

    [Fact]
    public async Task LoadedAgain_StartsWithNothingPrepared()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.PollAsync();
        var first = (await fixture.AuthenticateAsync(key.Token)).Identity!;

        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        await fixture.PollAsync();
        Assert.Same(first, (await fixture.AuthenticateAsync(key.Token)).Identity);
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        await fixture.PollAsync();
        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        var second = (await fixture.AuthenticateAsync(key.Token)).Identity!;

        Assert.NotSame(first, second);
        Assert.NotSame(first.Answers, second.Answers);
    }

    [Fact]
    public async Task TokenAndIdOfOneKey_AreRememberedApart()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();

        var byToken = await fixture.AuthenticateAsync(key.Token);
        var byId = await fixture.AuthenticateIdAsync(key.Key.Id);

        Assert.NotSame(byToken.Identity, byId.Identity);
        Assert.Equal(2, fixture.Queries.Count);
    }

    [Fact]
    public async Task SixtyFourAtOnce_OneLookUp()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        var hold = new TaskCompletionSource();
        fixture.Queries.AfterRead = () => hold.Task;
        var requests = Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await fixture.AuthenticateAsync(key.Token))).ToList();

        hold.SetResult();
        var results = await Task.WhenAll(requests);

        Assert.All(results, result => Assert.NotNull(result.Identity));
        Assert.Equal(1, fixture.Queries.Count);
    }

    [Fact]
    public async Task RevokedHereByAUseCase_IsRefusedAtOnce()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        Assert.NotNull((await fixture.AuthenticateIdAsync(key.Key.Id)).Identity);

        await fixture.RevokeAsync(key.Key.Id);

        Assert.Equal(AuthenticationFailure.RevokedKey, (await fixture.AuthenticateAsync(key.Token)).Failure);
        Assert.Equal(AuthenticationFailure.RevokedKey, (await fixture.AuthenticateIdAsync(key.Key.Id)).Failure);
    }

    [Fact]
    public async Task RevokedBetweenReadAndCache_DoesNotComeBack()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        var hasRead = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        fixture.Queries.AfterRead = () =>
        {
            fixture.Queries.AfterRead = null;
            hasRead.SetResult();
            return goOn.Task;
        };

        var request = fixture.AuthenticateAsync(key.Token);
        await hasRead.Task;
        await another.RevokeAsync(key.Key.Id);
        await fixture.PollAsync();
        goOn.SetResult();

        Assert.Equal(AuthenticationFailure.RevokedKey, (await request).Failure);
        Assert.Equal(AuthenticationFailure.RevokedKey, (await fixture.AuthenticateAsync(key.Token)).Failure);
        Assert.Equal(2, fixture.Queries.Count);
    }

    [Fact]
    public async Task RevokedElsewhere_IsRefusedAfterThePoll()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);

        await another.RevokeAsync(key.Key.Id);
        await fixture.PollAsync();

        Assert.Equal(AuthenticationFailure.RevokedKey, (await fixture.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task SuspendedAndReactivatedElsewhere_FollowsThePolls()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);

        await another.SetStatusAsync("alice", UserStatus.Suspended);
        await fixture.PollAsync();
        Assert.Equal(AuthenticationFailure.InactiveUser, (await fixture.AuthenticateAsync(key.Token)).Failure);

        await another.SetStatusAsync("alice", UserStatus.Active);
        await fixture.PollAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
    }

    [Fact]
    public async Task UnknownKeyIsMadeElsewhere_IsKnownAfterThePoll()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await using var another = await fixture.StartAnotherAsync();
        await fixture.CreateUserAsync();
        var key = await another.CreateKeyAsync();
        fixture.Execute("CREATE TABLE Aside AS SELECT * FROM ApiKeys; DELETE FROM ApiKeys;");
        Assert.Equal(AuthenticationFailure.UnknownKey, (await fixture.AuthenticateAsync(key.Token)).Failure);
        fixture.Execute("INSERT INTO ApiKeys SELECT * FROM Aside; INSERT INTO Changes (KeyId, At) SELECT Id, 0 FROM Aside;");
        Assert.Equal(AuthenticationFailure.UnknownKey, (await fixture.AuthenticateAsync(key.Token)).Failure);

        await fixture.PollAsync();

        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
    }

    [Fact]
    public async Task StoreIsReplacedByAnOlderOne_ForgetsEverything()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var key = await fixture.CreateKeyAsync();
        await fixture.PollAsync();
        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);

        fixture.Execute("DELETE FROM ApiKeys; DELETE FROM Changes;");
        await fixture.PollAsync();

        Assert.Equal(AuthenticationFailure.UnknownKey, (await fixture.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task OldPepper_AuthenticatesAndIsRewritten()
    {
        await using var old = await KeyFixture.StartAsync(null, "old");
        await using var fixture = await old.StartAnotherAsync("new", "old");
        await using var after = await old.StartAnotherAsync("new");
        await old.CreateUserAsync();
        var key = await old.CreateKeyAsync();
        Assert.Equal(AuthenticationFailure.InvalidKey, (await after.AuthenticateAsync(key.Token)).Failure);

        Assert.NotNull((await fixture.AuthenticateAsync(key.Token)).Identity);
        await fixture.Bookkeeping.FlushAsync(CancellationToken.None);

        after.Time.Advance(TimeSpan.FromSeconds(10));
        Assert.NotNull((await after.AuthenticateAsync(key.Token)).Identity);
        Assert.Equal(AuthenticationFailure.InvalidKey, (await old.AuthenticateAsync(key.Token)).Failure);
    }

    [Fact]
    public async Task Rotated_OldKeyEndsAtOnceAndTheNewOneHasItsRights()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var old = await fixture.CreateKeyAsync(
            new NewKey("alice")
            {
                Scopes = ["a", "b"],
                Tenant = "acme",
                Models = ["gpt-*"],
                Limit = new(3, TimeSpan.FromSeconds(9)),
            }
        );
        var before = (await fixture.AuthenticateAsync(old.Token)).Identity!;

        var rotated = (
            await new RotateKey(fixture.Store, fixture.Hasher, fixture.Time).RunAsync(old.Key.Id, TimeSpan.Zero, CancellationToken.None)
        ).Value;

        Assert.Equal(AuthenticationFailure.ExpiredKey, (await fixture.AuthenticateAsync(old.Token)).Failure);
        var after = (await fixture.AuthenticateAsync(rotated.Token)).Identity!;
        Assert.NotEqual(before.KeyId, after.KeyId);
        Assert.Equal((before.UserId, before.Tenant, before.Limit), (after.UserId, after.Tenant, after.Limit));
        Assert.Equal((before.Scopes, before.Models), (after.Scopes, after.Models));
    }

    [Fact]
    public async Task Rotated_MaySpendNoMoreThanBefore()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var old = await fixture.CreateKeyAsync();
        Assert.Null(
            (await new SetBudget(fixture.Store, fixture.Time).RunAsync(BudgetScope.Key, old.Key.Id, 0, CancellationToken.None)).Refusal
        );

        var rotated = (
            await new RotateKey(fixture.Store, fixture.Hasher, fixture.Time).RunAsync(old.Key.Id, TimeSpan.Zero, CancellationToken.None)
        ).Value;

        using var budgets = new BudgetReader(fixture.Store, fixture.Time);
        var identity = (await fixture.AuthenticateAsync(rotated.Token)).Identity!;
        Assert.Equal(old.Key.Id, identity.Line);
        Assert.True((await budgets.ReadAsync(new(null, identity.Line), CancellationToken.None)).IsExceeded);
    }

    /// <summary>During the grace period of a rotation both keys share one limit.</summary>
    [Fact]
    public async Task RotatedTwice_AllAreCountedTogether()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var keys = new List<IssuedKey>
        {
            await fixture.CreateKeyAsync(new NewKey("alice") { Limit = new(3, TimeSpan.FromSeconds(9)), Subject = SubjectType.Service }),
        };
        for (var i = 0; i < 2; i++)
        {
            keys.Add(
                (
                    await new RotateKey(fixture.Store, fixture.Hasher, fixture.Time).RunAsync(
                        keys[^1].Key.Id,
                        TimeSpan.FromHours(1),
                        CancellationToken.None
                    )
                ).Value
            );
        }

        var identities = new List<Identity>();
        foreach (var key in keys)
        {
            identities.Add((await fixture.AuthenticateAsync(key.Token)).Identity!);
        }

        Assert.Equal(3, identities.Select(identity => identity.KeyId).Distinct().Count());
        Assert.All(identities, identity =>
            Assert.Equal((keys[0].Key.Id, keys[0].Key.Id, keys[0].Key.Id), (identity.Line, identity.Account, identity.SocketOwner))
        );
        Assert.Single(identities.Select(identity => RequestLimits.BucketsOf(identity, null, new(), [])[0]).Distinct());

        // An invalidation of the key line removes all of its keys from the cache.
        Assert.All(identities, identity =>
            Assert.True(new InvalidationSet([CacheInvalidation.OfKey(keys[0].Key.Id, default)]).Touches(identity))
        );
    }

    [Fact]
    public async Task RotatedWithGrace_BothWorkUntilItIsOver()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.CreateUserAsync();
        var old = await fixture.CreateKeyAsync(fixture.Time.GetUtcNow().AddHours(10));
        var rotated = (
            await new RotateKey(fixture.Store, fixture.Hasher, fixture.Time).RunAsync(
                old.Key.Id,
                TimeSpan.FromSeconds(20),
                CancellationToken.None
            )
        ).Value;

        fixture.Time.Advance(TimeSpan.FromSeconds(20));
        Assert.NotNull((await fixture.AuthenticateAsync(old.Token)).Identity);
        fixture.Time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(AuthenticationFailure.ExpiredKey, (await fixture.AuthenticateAsync(old.Token)).Failure);
        Assert.Equal(old.Key.ExpiresAt, (await fixture.AuthenticateAsync(rotated.Token)).Identity?.ExpiresAt);
    }
}
