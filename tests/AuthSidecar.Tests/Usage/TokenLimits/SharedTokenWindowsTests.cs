using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.TokenLimits;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.TokenLimits;

/// <summary>Replicas with one Redis, each with a connection of its own.</summary>
public sealed class SharedTokenWindowsTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private const int Limit = 1000;

    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly string _owner = Guid.NewGuid().ToString("N");

    private TokenBucket Bucket => TokenFixture.Bucket(_owner, Limit);

    [RequiresFact("redis")]
    public async Task ManyCallersOfThreeReplicas_NeverReserveMoreThanTheLimit()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await using var third = await StartAsync();
        TokenFixture[] replicas = [first, second, third];
        var reserved = 0L;

        await Task.WhenAll(
            Enumerable
                .Range(0, 64)
                .Select(number =>
                    Task.Run(async () =>
                    {
                        for (var i = 0; i < 10; i++)
                        {
                            var tokens = 1 + ((number * 7) + i) % 30;
                            var answer = await replicas[number % 3].ReserveAsync($"{_owner}{number}-{i}", tokens, Bucket);
                            if (answer.Verdict == TokenVerdict.Reserved)
                            {
                                Interlocked.Add(ref reserved, tokens);
                            }
                        }
                    })
                )
        );

        Assert.InRange(reserved, Limit - 30, Limit);
    }

    [RequiresFact("redis")]
    public async Task ACountOfAnotherReplica_TakesThePlaceOfTheEstimate()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await first.ReserveAsync($"{_owner}a", Limit, Bucket);

        await second.SettleAsync($"{_owner}a", 100);

        Assert.Equal(TokenVerdict.Reserved, (await first.ReserveAsync($"{_owner}b", 900, Bucket)).Verdict);
    }

    [RequiresFact("redis")]
    public async Task AReleaseOfOneRepeat_LeavesTheOther()
    {
        await using var first = await StartAsync();
        await using var second = await StartAsync();
        await first.ReserveAsync($"{_owner}a", Limit, Bucket);
        await second.ReserveAsync($"{_owner}a", Limit, Bucket);

        await first.ReleaseAsync($"{_owner}a");

        Assert.Equal(TokenVerdict.Full, (await first.ReserveAsync($"{_owner}b", 1, Bucket)).Verdict);
        await second.ReleaseAsync($"{_owner}a");
        Assert.Equal(TokenVerdict.Reserved, (await first.ReserveAsync($"{_owner}b", Limit, Bucket)).Verdict);
    }

    [RequiresFact("redis")]
    public async Task WithoutRedis_AReplicaKeepsToItsShare_CountingWhatItLetPass()
    {
        await using var server = await RedisServer.StartAsync();
        await using var one = await SharedRedis.OpenAnsweredAsync(server.Address);
        await using var two = await SharedRedis.OpenAnsweredAsync(server.Address);
        await using var first = new TokenFixture(TimeProvider.System, one);
        await using var second = new TokenFixture(TimeProvider.System, two);
        await second.Registry!.AnnounceAsync();
        await first.Registry!.AnnounceAsync();
        Assert.Equal(2, first.Registry.Count);
        Assert.Equal(TokenVerdict.Reserved, (await first.ReserveAsync($"{_owner}a", 300, Bucket)).Verdict);

        await server.KillAsync();

        Assert.Equal(TokenVerdict.Full, (await first.ReserveAsync($"{_owner}b", 201, Bucket)).Verdict);
        Assert.Equal(TokenVerdict.Reserved, (await first.ReserveAsync($"{_owner}c", 200, Bucket)).Verdict);
        Assert.Equal(TokenVerdict.Full, (await first.ReserveAsync($"{_owner}d", 1, Bucket)).Verdict);
    }

    [RequiresTheory("redis")]
    [InlineData("SET {0} 1")]
    [InlineData("RPUSH {0} 1")]
    public async Task AForeignValue_IsReplaced(string command)
    {
        await using var replica = await StartAsync();
        await replica.ReserveAsync($"{_owner}a", 10, Bucket);
        var server = await redis.ServerAsync();
        foreach (var kind in new[] { "times", "tokens" })
        {
            var key = $"authsidecar:{{tokens}}:{kind}:{Bucket.Name.Key}";
            await server.AskAsync($"DEL {key}");
            await server.AskAsync(string.Format(System.Globalization.CultureInfo.InvariantCulture, command, key));
        }

        Assert.Equal(TokenVerdict.Reserved, (await replica.ReserveAsync($"{_owner}b", Limit, Bucket)).Verdict);
        Assert.Equal(TokenVerdict.Full, (await replica.ReserveAsync($"{_owner}c", 1, Bucket)).Verdict);
    }

    private async Task<TokenFixture> StartAsync() => new(_time, await redis.ConnectAsync());
}
