using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Platform.Storage;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.Authentication;

public class IdentityCacheTests
{
    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));

    [Fact]
    public async Task PositiveAnswer_CountsUntilItsTimeIsOver()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a"));

        _time.Advance(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.NotNull(Find(cache, "a"));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(Find(cache, "a"));
    }

    [Fact]
    public async Task NegativeAnswer_CountsUntilItsTimeIsOver()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", AuthenticationFailure.UnknownKey);

        _time.Advance(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal(AuthenticationFailure.UnknownKey, Find(cache, "a")?.Failure);

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(Find(cache, "a"));
    }

    [Fact]
    public async Task TimeToLive_CountsFromBeforeTheRead()
    {
        var cache = Cache(new());
        await cache.LoadAsync(
            "a",
            () =>
            {
                _time.Advance(TimeSpan.FromSeconds(59));
                return Task.FromResult<AuthenticationResult>(Known("a"));
            },
            CancellationToken.None
        );

        Assert.NotNull(Find(cache, "a"));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Null(Find(cache, "a"));
    }

    [Fact]
    public async Task KeyExpiresBeforeTheAnswer_IsCheckedOnEveryHit()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a", _time.GetUtcNow().AddSeconds(5)));

        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.NotNull(Find(cache, "a"));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Null(Find(cache, "a"));
    }

    [Fact]
    public async Task StoreUnavailable_IsNeverKept()
    {
        var cache = Cache(new());

        await LoadAsync(cache, "a", AuthenticationFailure.StoreUnavailable);

        Assert.Null(Find(cache, "a"));
        Assert.Equal(0, cache.NegativeCount);
    }

    [Fact]
    public async Task InventedKeys_AreBoundedAndDoNotPushOutGoodOnes()
    {
        var cache = Cache(new() { Capacity = 10 });
        foreach (var key in Enumerable.Range(0, 10))
        {
            await LoadAsync(cache, $"good{key}", Known($"good{key}"));
        }

        foreach (var key in Enumerable.Range(0, 1000))
        {
            await LoadAsync(cache, $"invented{key}", AuthenticationFailure.UnknownKey);
        }

        Assert.Equal(10, cache.NegativeCount);
        Assert.All(Enumerable.Range(0, 10), key => Assert.NotNull(Find(cache, $"good{key}")));
    }

    [Fact]
    public async Task MoreGoodKeysThanCapacity_EvictsTheLeastRecentlyUsed()
    {
        var cache = Cache(new() { Capacity = 10 });
        await LoadAsync(cache, "popular", Known("popular"));

        foreach (var key in Enumerable.Range(0, 1000))
        {
            await LoadAsync(cache, $"key{key}", Known($"key{key}"));
            Assert.NotNull(Find(cache, "popular"));
            Assert.InRange(cache.PositiveCount, 1, 10);
        }
    }

    [Fact]
    public async Task ChangeOfAKey_DropsItAndEveryRefusal_ButNotOthers()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a"));
        await LoadAsync(cache, "b", Known("b"));
        await LoadAsync(cache, "c", AuthenticationFailure.UnknownKey);

        cache.Invalidate(new([CacheInvalidation.OfKey("a", default)]));

        Assert.Null(Find(cache, "a"));
        Assert.NotNull(Find(cache, "b"));
        Assert.Null(Find(cache, "c"));
    }

    [Fact]
    public async Task ChangeOfAUser_DropsAllItsKeys()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a", user: "one"));
        await LoadAsync(cache, "b", Known("b", user: "one"));
        await LoadAsync(cache, "c", Known("c", user: "two"));

        cache.Invalidate(new([CacheInvalidation.OfUser("one", default)]));

        Assert.Null(Find(cache, "a"));
        Assert.Null(Find(cache, "b"));
        Assert.NotNull(Find(cache, "c"));
    }

    [Fact]
    public async Task ChangeWithoutASubject_InvalidatesEverything()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a"));

        cache.Invalidate(new([new CacheInvalidation()]));

        Assert.Equal(0, cache.PositiveCount);
    }

    [Fact]
    public async Task ConcurrentLookups_AreCoalesced()
    {
        var cache = Cache(new());
        var read = new TaskCompletionSource<AuthenticationResult>();
        var reads = 0;
        var askers = Enumerable
            .Range(0, 64)
            .Select(_ =>
                Task.Run(() =>
                    cache.LoadAsync(
                        "a",
                        () =>
                        {
                            Interlocked.Increment(ref reads);
                            return read.Task;
                        },
                        CancellationToken.None
                    )
                )
            )
            .ToList();

        read.SetResult(Known("a"));
        var answers = await Task.WhenAll(askers);

        Assert.Equal(1, reads);
        Assert.Single(answers.Select(answer => answer.Identity).Distinct(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public async Task OneOfManyGivesUp_TheOthersGetTheirAnswer()
    {
        var cache = Cache(new());
        var read = new TaskCompletionSource<AuthenticationResult>();
        using var cancellation = new CancellationTokenSource();
        var first = cache.LoadAsync("a", () => read.Task, cancellation.Token);
        var second = cache.LoadAsync("a", () => read.Task, CancellationToken.None);

        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        read.SetResult(Known("a"));

        Assert.NotNull((await second).Identity);
        Assert.NotNull(Find(cache, "a"));
    }

    [Fact]
    public async Task ReadThrows_FailsTheWaitersOnly()
    {
        var cache = Cache(new());

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            cache.LoadAsync("a", () => throw new InvalidOperationException(), CancellationToken.None)
        );

        Assert.NotNull((await LoadAsync(cache, "a", Known("a"))).Identity);
    }

    [Fact]
    public async Task ChangedWhileReading_IsReadAgainAndTheOldAnswerIsLost()
    {
        var cache = Cache(new());
        var answers = new Queue<AuthenticationResult>([Known("a"), AuthenticationFailure.RevokedKey]);

        var result = await cache.LoadAsync(
            "a",
            () =>
            {
                var answer = answers.Dequeue();
                if (answers.Count == 1)
                {
                    cache.Invalidate(new([CacheInvalidation.OfKey("a", default)]));
                }

                return Task.FromResult(answer);
            },
            CancellationToken.None
        );

        Assert.Equal(AuthenticationFailure.RevokedKey, result.Failure);
        Assert.Equal(AuthenticationFailure.RevokedKey, Find(cache, "a")?.Failure);
    }

    [Fact]
    public async Task InvalidationDuringEveryRead_AnswersAndCachesNothing()
    {
        var cache = Cache(new());
        var reads = 0;

        var result = await cache.LoadAsync(
            "a",
            () =>
            {
                reads++;
                cache.Invalidate(new([CacheInvalidation.OfKey("another", default)]));
                return Task.FromResult<AuthenticationResult>(Known("a"));
            },
            CancellationToken.None
        );

        Assert.NotNull(result.Identity);
        Assert.Equal(3, reads);
        Assert.Equal(0, cache.PositiveCount);
    }

    [Fact]
    public async Task Refused_ReplacesWhatWasGood()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a"));
        _time.Advance(TimeSpan.FromSeconds(60));

        await LoadAsync(cache, "a", AuthenticationFailure.RevokedKey);

        Assert.Equal(AuthenticationFailure.RevokedKey, Find(cache, "a")?.Failure);
        Assert.Equal(0, cache.PositiveCount);
    }

    [Fact]
    public async Task Hit_AllocatesNothing()
    {
        var cache = Cache(new());
        await LoadAsync(cache, "a", Known("a", _time.GetUtcNow().AddDays(1)));
        var found = cache.Find("a", _time.GetTimestamp()) is not null;
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var round = 0; round < 1000; round++)
        {
            found &= cache.Find("a", 0) is not null;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.True(found);
    }

    private static Task<AuthenticationResult> LoadAsync(IdentityCache<string> cache, string key, AuthenticationResult result) =>
        cache.LoadAsync(key, () => Task.FromResult(result), CancellationToken.None);

    private static Identity Known(string id, DateTimeOffset? expiresAt = null, string user = "user") =>
        new(id, SubjectType.Account, user, "alice", ["full"], null, expiresAt);

    private IdentityCache<string> Cache(CacheOptions options) => new(options, _time);

    private AuthenticationResult? Find(IdentityCache<string> cache, string key) => cache.Find(key, _time.GetTimestamp())?.Result;
}
