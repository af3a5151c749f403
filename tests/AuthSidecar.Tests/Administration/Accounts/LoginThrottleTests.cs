using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Decisions.Policies;

namespace AuthSidecar.Tests.Administration.Accounts;

public sealed class LoginThrottleTests : IAsyncLifetime
{
    private AccountsFixture _accounts = null!;

    public async Task InitializeAsync() => _accounts = await AccountsFixture.StartAsync();

    public async Task DisposeAsync() => await _accounts.DisposeAsync();

    [Fact]
    public async Task TenFailuresOfAPair_ThrottleIt_AndNoOtherAddress()
    {
        await _accounts.UserAsync("alice");
        for (var attempt = 0; attempt < 10; attempt++)
        {
            Assert.Equal(LoginFailure.Invalid, (await _accounts.LogInAsync(attempt % 2 == 0 ? "alice" : "ALICE", "wrong")).Failure);
        }

        var throttled = await _accounts.LogInAsync("alice");

        Assert.Equal((LoginFailure.Throttled, TimeSpan.FromMinutes(15), null), (throttled.Failure, throttled.RetryAfter, throttled.User));
        Assert.Equal(LoginFailure.None, (await _accounts.LogInAsync("alice", address: "192.0.2.2")).Failure);
        _accounts.Time.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal(LoginFailure.None, (await _accounts.LogInAsync("alice")).Failure);
    }

    [Fact]
    public async Task Success_EndsTheCountOfThePair_AndDoesNotCountForTheAddress()
    {
        var throttle = _accounts.Throttle;
        for (var round = 0; round < 40; round++)
        {
            Assert.Null(await throttle.CountAsync($"person-{round}", "192.0.2.1", false));
            await throttle.SucceededAsync($"person-{round}", "192.0.2.1", false);
        }

        await FailAsync("alice", "192.0.2.1", 9);
        Assert.Null(await throttle.CountAsync("alice", "192.0.2.1", false));
        await throttle.SucceededAsync("alice", "192.0.2.1", false);
        await FailAsync("alice", "192.0.2.1", 10);
        Assert.NotNull(await throttle.CountAsync("alice", "192.0.2.1", false));
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1", "192.0.2.2")]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", "::ffff:192.0.2.2")]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", "2001:db8:0:2::1")]
    public async Task ThirtyFailuresOfAnAddress_ThrottleItsNetworkForAllNames(string address, string same, string other)
    {
        for (var attempt = 0; attempt < 30; attempt++)
        {
            Assert.Null(await _accounts.Throttle.CountAsync($"name-{attempt}", address, false));
        }

        Assert.NotNull(await _accounts.Throttle.CountAsync("alice", same, true));
        Assert.Null(await _accounts.Throttle.CountAsync("alice", other, false));
    }

    [Fact]
    public async Task HundredFailuresOfAName_LeaveItToKnownBrowsers()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            Assert.Null(await _accounts.Throttle.CountAsync("alice", $"192.0.2.{attempt}", false));
        }

        Assert.Equal(TimeSpan.FromHours(24), await _accounts.Throttle.CountAsync("Alice", "198.51.100.1", false));
        Assert.Null(await _accounts.Throttle.CountAsync("alice", "198.51.100.1", true));
        Assert.Null(await _accounts.Throttle.CountAsync("bob", "198.51.100.1", false));
    }

    /// <summary>A stolen session and its browser cookie guess from any number of addresses.</summary>
    [Fact]
    public async Task HundredFailuresOfKnownBrowsers_ThrottleThem_AndNoStranger()
    {
        for (var attempt = 0; attempt < 100; attempt++)
        {
            Assert.Null(await _accounts.Throttle.CountAsync("alice", $"192.0.2.{attempt}", true));
        }

        Assert.Equal(TimeSpan.FromHours(24), await _accounts.Throttle.CountAsync("Alice", "198.51.100.1", true));
        Assert.Null(await _accounts.Throttle.CountAsync("alice", "198.51.100.2", false));
        Assert.Null(await _accounts.Throttle.CountAsync("bob", "198.51.100.3", true));
    }

    [Fact]
    public async Task CallersWithoutAnAddress_ShareNoBucket()
    {
        for (var attempt = 0; attempt < 50; attempt++)
        {
            Assert.Null(await _accounts.Throttle.CountAsync($"name-{attempt}", attempt % 2 == 0 ? null : "", false));
        }
    }

    [Fact]
    public async Task ParallelGuesses_DoNotExceedTheLimit()
    {
        var counted = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Task.Run(() => _accounts.Throttle.CountAsync("alice", "192.0.2.1", true)))
        );

        Assert.Equal(10, counted.Count(wait => wait is null));
    }

    [Fact]
    public async Task Buckets_HoldNeitherNamesNorAddresses()
    {
        var seen = new Recorder();

        Assert.NotNull(await new LoginThrottle(seen).CountAsync("alice", "192.0.2.1", false));

        Assert.Equal(
            [BucketKind.LoginPair, BucketKind.LoginAddress, BucketKind.LoginName],
            seen.Buckets.Select(bucket => bucket.Name.Kind)
        );
        Assert.All(seen.Buckets, bucket => Assert.Matches("^[0-9A-F]{32}$", bucket.Name.Owner));
    }

    private async Task FailAsync(string name, string address, int times)
    {
        for (var attempt = 0; attempt < times; attempt++)
        {
            Assert.Null(await _accounts.Throttle.CountAsync(name, address, true));
        }
    }

    /// <summary>Gives no verdict, which must throttle.</summary>
    private sealed class Recorder : IRateLimiter
    {
        public Bucket[] Buckets { get; private set; } = [];

        public ValueTask<LimitAnswer> CountAsync(Bucket[] buckets, RedisDownAnswer whenRedisIsDown, string? chargeId = null)
        {
            Buckets = buckets;
            return default;
        }

        public ValueTask UndoAsync(BucketName[] buckets) => default;

        public ValueTask ClearAsync(BucketName bucket) => default;
    }
}
