using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using Xunit.Abstractions;

namespace AuthSidecar.IntegrationTests.RateLimiting;

/// <summary>Three replicas, each a process, with shared counters in a real Redis.</summary>
public sealed class SharedLimitTests(ITestOutputHelper output)
{
    private const int Callers = 64;
    private const int Permits = 50;
    private static readonly TimeSpan _window = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(25);

    [RequiresFact("redis")]
    public async Task ConcurrentCallers_NeverExceedTheLimitInAnyWindow_AndReachIt()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var replicas = await Replicas.StartAsync(
            3,
            redis,
            new()
            {
                ["DefaultPermits"] = Permits,
                ["DefaultWindow"] = _window.ToString(),
                ["WhenRedisIsDown"] = "deny",
            },
            new() { ["shared"] = null, ["other"] = null }
        );
        var answers = new ConcurrentBag<(long Before, long After, string Kind, string Answer)>();
        var clock = Stopwatch.StartNew();

        await Task.WhenAll(
            Enumerable
                .Range(0, Callers)
                .Select(caller =>
                    Task.Run(async () =>
                    {
                        for (var call = caller; clock.Elapsed < 4 * _window; call++)
                        {
                            var client = replicas.Clients[call % 3];
                            var before = Stopwatch.GetTimestamp();
                            var (kind, answer) = (call / 3 % 3) switch
                            {
                                0 => ("direct", await client.DirectAsync(replicas.Key.Token, "shared")),
                                1 => ("delegated", await client.DelegatedAsync(replicas.Key.Key.Id, "other")),
                                _ => ("companion", await client.CompanionAsync(replicas.Key.Key.Id)),
                            };
                            answers.Add((before, Stopwatch.GetTimestamp(), kind, answer));
                            await Task.Delay(_pause);
                        }
                    })
                )
        );

        var passed = answers.Where(one => one.Answer == "allow").ToList();
        var most = WindowCheck.Most(passed.Select(one => (one.Before, one.After)), (long)(_window.TotalSeconds * Stopwatch.Frequency));
        output.WriteLine(
            string.Join('\n', answers.GroupBy(one => $"{one.Kind}: {one.Answer}").Select(group => $"{group.Count()} {group.Key}").Order())
                + $"\nmost in a window: {most}"
        );
        Assert.Equal(Permits, most);
        Assert.Equal(["companion", "delegated", "direct"], passed.Select(one => one.Kind).Distinct().Order());
        Assert.All(answers, one =>
            Assert.Contains(
                one.Answer,
                new[]
                {
                    "allow",
                    "rate_limited",
                    "ResourceExhausted rate_limited retry=True",
                    "limiter_unavailable",
                    "Unavailable limiter_unavailable",
                }
            )
        );
    }

    [RequiresTheory("redis")]
    [InlineData(true)]
    [InlineData(false)]
    public async Task RedisOutage_IsHandledByEachPolicysSetting(bool hangs)
    {
        const int Limit = 10;
        const int Share = 4;
        await using var redis = await RedisServer.StartAsync();
        await using var replicas = await Replicas.StartAsync(
            3,
            redis,
            [],
            new()
            {
                ["local"] = Policy(Limit, "fallback_local"),
                ["deny"] = Policy(Limit, "deny"),
                ["allow"] = Policy(Limit, "allow"),
            }
        );
        foreach (var client in replicas.Clients)
        {
            await Eventually.TrueAsync(async () => await CheckAsync(client, "deny") is "allow", "Redis is used");
        }

        var passed = await ExhaustAsync("local");
        Assert.InRange(passed, Limit, Limit + (3 * Share));
        var before = passed;
        if (hangs)
        {
            redis.Freeze();
        }
        else
        {
            await redis.KillAsync();
        }

        foreach (var client in replicas.Clients)
        {
            Assert.Equal("limiter_unavailable", await CheckAsync(client, "deny"));
            for (var i = 0; i < 2 * Limit; i++)
            {
                Assert.Equal("allow", await CheckAsync(client, "allow"));
            }
        }

        passed += await ExhaustAsync("local");
        output.WriteLine($"{before} passed with Redis, {passed} with and without it, of {Limit} in a window; replicas: 3");

        // Redis has denied each replica, so that the outage need not even cost the shares.
        Assert.InRange(passed, Limit, Limit + (3 * Share));
        if (hangs)
        {
            redis.Resume();
        }
        else
        {
            await redis.RestartAsync();
        }

        foreach (var client in replicas.Clients)
        {
            await Eventually.TrueAsync(async () => await CheckAsync(client, "deny") is "allow" or "rate_limited", "Redis is used again");
        }

        Assert.Equal(0, await ExhaustAsync("local"));

        async Task<int> ExhaustAsync(string policy)
        {
            var count = 0;
            foreach (var client in replicas.Clients)
            {
                for (var i = 0; i < 3 * Limit; i++)
                {
                    count += await CheckAsync(client, policy) == "allow" ? 1 : 0;
                }
            }

            return count;
        }

        Task<string> CheckAsync(LimitClient client, string policy) => client.DirectAsync(replicas.Key.Token, policy);
    }

    private static JsonObject Policy(int permits, string whenRedisIsDown) =>
        new()
        {
            ["Permits"] = permits,
            ["Window"] = "01:00:00",
            ["WhenRedisIsDown"] = whenRedisIsDown,
        };
}
