using System.Security.Cryptography;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.RateLimiting;

public sealed class FailedAuthThrottleTests(SharedRedis redis) : IClassFixture<SharedRedis>, IDisposable
{
    private const string Address = "192.0.2.7";

    private readonly FakeTimeProvider _time = new();
    private readonly SidecarSettings _settings = new() { Limits = { FailedAuthPerMinute = 3 }, Cache = { Capacity = 1000 } };
    private readonly TestMetrics _metrics = new();

    [Fact]
    public void AddressOverItsLimit_LooksUpOnlyKeysThatPassedBefore()
    {
        var guard = Guard();
        guard.Passed(Token("good"));
        Fail(guard, 3);

        Assert.False(guard.MayLookUp(Address, Token("unknown")));
        Assert.True(guard.MayLookUp(Address, Token("good")));
        Assert.True(guard.MayLookUp("192.0.2.8", Token("unknown")));
        Assert.True(guard.MayLookUp(null, Token("unknown")));
        Assert.Equal(1, _metrics.Counts["authsidecar_lookups_refused_total{}"]);
    }

    [Theory]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", true)]
    [InlineData("2001:db8:0:1::1", "2001:DB8:0:1:0:0:0:1", true)]
    [InlineData("2001:db8:0:1::1", "2001:db8:0:2::1", false)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.7", true)]
    [InlineData("192.0.2.7", "::ffff:192.0.2.8", false)]
    [InlineData("64:ff9b::c000:207", "192.0.2.7", true)]
    [InlineData("64:ff9b::c000:207", "64:ff9b::c000:208", false)]
    [InlineData("not:an:address", "not:another:address", false)]
    public void Ipv6_IsCountedByNetwork(string failing, string other, bool areOne)
    {
        var guard = Guard();
        for (var failure = 0; failure < 3; failure++)
        {
            guard.Failed(failing);
        }

        Assert.False(guard.MayLookUp(failing, Token("unknown")));
        Assert.Equal(areOne, !guard.MayLookUp(other, Token("unknown")));
        Assert.Equal(areOne, guard.UntilLookup(other) > TimeSpan.Zero);
    }

    [Fact]
    public void ManyAddressesOfANetwork_AreOneEntry()
    {
        var guard = Guard();
        for (var host = 1; host < 1000; host++)
        {
            guard.Failed($"2001:db8::{host:x}");
        }

        Assert.Equal(1, guard.AddressCount);
    }

    [Fact]
    public void Failures_CountForAMinute()
    {
        var guard = Guard();
        Fail(guard, 2);
        _time.Advance(TimeSpan.FromSeconds(20));
        Fail(guard, 50);

        Assert.Equal(TimeSpan.FromSeconds(40), guard.UntilLookup(Address));
        _time.Advance(TimeSpan.FromSeconds(40));
        Assert.True(guard.MayLookUp(Address, Token("unknown")));
        Fail(guard, 2);
        Assert.False(guard.MayLookUp(Address, Token("unknown")));
    }

    [Fact]
    public void ZeroFailures_SwitchesItOff()
    {
        _settings.Limits.FailedAuthPerMinute = 0;
        var guard = Guard();
        Fail(guard, 100);

        Assert.Null(guard.AddressOf(Request("192.0.2.7", null)));
        Assert.True(guard.MayLookUp(Address, Token("unknown")));
        Assert.Equal(0, guard.AddressCount);
    }

    [Theory]
    [InlineData(false, "10.0.0.1", "203.0.113.9", "10.0.0.1")]
    [InlineData(true, "10.0.0.1", "203.0.113.9", "203.0.113.9")]
    [InlineData(true, "10.0.0.1", null, "10.0.0.1")]
    [InlineData(true, "10.0.0.1", "", "10.0.0.1")]
    [InlineData(false, "", null, null)]
    public void Address_IsThePeersOrWhatEnvoyWrote(bool isExternal, string peer, string? header, string? expected)
    {
        _settings.Limits.ClientAddress = isExternal ? ClientAddressSource.XEnvoyExternalAddress : ClientAddressSource.Peer;

        Assert.Equal(expected, Guard().AddressOf(Request(peer, header)));
    }

    [Fact]
    public void ManyAddresses_AreForgottenInTheEnd()
    {
        var guard = Guard();
        for (var i = 0; i < 50_000; i++)
        {
            guard.Failed($"address {i}");
        }

        Assert.InRange(guard.AddressCount, 1000, 16_384);
    }

    [Fact]
    public void ManyKeys_AreRememberedUpToTheCapacity()
    {
        var passed = new RecentlyAuthenticatedKeys(1000);
        for (var i = 0; i < 500; i++)
        {
            passed.Add(Token($"{i}"));
        }

        Assert.InRange(Enumerable.Range(0, 500).Count(i => passed.Contains(Token($"{i}"))), 480, 500);
        for (var i = 500; i < 20_000; i++)
        {
            passed.Add(Token($"{i}"));
            Assert.True(passed.Contains(Token($"{i}")));
        }

        Assert.InRange(Enumerable.Range(0, 20_000).Count(i => passed.Contains(Token($"{i}"))), 900, 1024);
        Assert.DoesNotContain(Enumerable.Range(20_000, 10_000), i => passed.Contains(Token($"{i}")));
    }

    [RequiresFact("redis")]
    public async Task WithRedis_AReplicaLearnsOfOthersAtItsNextFailure()
    {
        await using var fixture = await LimiterFixture.StartAsync(LimiterKind.Redis, _time, redis);
        var shared = new SharedFailures(fixture.Windows!, fixture.Breaker!);
        var (one, two) = (Guard(shared), Guard(shared));
        Fail(one, 3);
        await UntilCountedAsync(fixture, 3);
        Assert.True(two.MayLookUp(Address, Token("unknown")));

        two.Failed(Address);

        await EventuallyAsync(() => !two.MayLookUp(Address, Token("unknown")));
        Assert.Equal(TimeSpan.FromMinutes(1), two.UntilLookup(Address));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.True(two.MayLookUp(Address, Token("unknown")));
    }

    public void Dispose() => _metrics.Dispose();

    private static async Task UntilCountedAsync(LimiterFixture fixture, int count)
    {
        Bucket[] bucket = [new(new(BucketKind.Address, "", Address), count, TimeSpan.FromMinutes(1))];
        await EventuallyAsync(async () => (await fixture.Windows!.CountAsync(bucket)).Verdict == LimitVerdict.Denied);
    }

    private static Task EventuallyAsync(Func<bool> condition) => EventuallyAsync(() => Task.FromResult(condition()));

    private static async Task EventuallyAsync(Func<Task<bool>> condition)
    {
        for (var attempt = 0; !await condition(); attempt++)
        {
            Assert.True(attempt < 1000);
            await Task.Delay(10);
        }
    }

    private static void Fail(FailedAuthThrottle guard, int times)
    {
        for (var i = 0; i < times; i++)
        {
            guard.Failed(Address);
        }
    }

    private static TokenHash Token(string text) => TokenHash.From(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));

    private static InboundRequest Request(string peer, string? header)
    {
        var headers = new RequestHeaders();
        if (header is not null)
        {
            headers.Add(KnownHeader.ExternalAddress, header);
        }

        return new()
        {
            Method = "GET",
            Host = "h",
            Target = "/",
            Headers = headers,
            PeerAddress = peer,
        };
    }

    private FailedAuthThrottle Guard(SharedFailures? shared = null) =>
        new(new(_settings.Limits), _settings.Cache, _metrics.Limits, _time, shared);
}
