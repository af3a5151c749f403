using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>Scripts lost by Redis are loaded again within the call that needs one.</summary>
public sealed class RedisScriptTests
{
    private static readonly string[] _resources =
    [
        "sliding_window.lua",
        "budget_accounts.lua",
        "socket_leases.lua",
        "parallel_leases.lua",
        "token_windows.lua",
    ];

    [RequiresFact("redis")]
    public async Task Script_IsCalledByItsHash_AndSentAgainAfterAFlush()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(server.Address);
        var script = new RedisScript(connection, "sliding_window.lua");
        await CountAsync(script);
        for (var again = 0; again < 3; again++)
        {
            Assert.Equal("+OK", await server.AskAsync("SCRIPT FLUSH"));
            Assert.Equal("+OK", await server.AskAsync("CONFIG RESETSTAT"));

            await CountAsync(script);
            await CountAsync(script);
            await CountAsync(script);

            // The first call reloads the script; its text is sent once.
            Assert.Equal(3, await CallsAsync(server, "evalsha") + await CallsAsync(server, "eval") - 1);
            Assert.Equal(1, await CallsAsync(server, "script|load"));
        }
    }

    [RequiresFact("redis")]
    public async Task ManyAtOnce_AllAreAnsweredAfterAFlush()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(server.Address);
        var script = new RedisScript(connection, "sliding_window.lua");
        await CountAsync(script);
        await server.AskAsync("SCRIPT FLUSH");

        await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => CountAsync(script)));
    }

    [RequiresFact("redis")]
    public async Task EveryScript_IsSentAgainAfterARestart()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = await SharedRedis.OpenAnsweredAsync(server.Address);
        var scripts = _resources.Select(resource => new RedisScript(connection, resource)).ToList();
        await AskEachAsync();

        await server.RestartAsync();
        await SharedRedis.UntilAnsweredAsync(connection);

        await AskEachAsync();

        async Task AskEachAsync()
        {
            foreach (var script in scripts)
            {
                // Rejected by each command itself, not for a missing script.
                var fault = await Assert.ThrowsAsync<RedisServerException>(() => script.EvaluateAsync(["k"], ["no such action"]));
                Assert.DoesNotContain("NOSCRIPT", fault.Message, StringComparison.Ordinal);
            }
        }
    }

    private static async Task CountAsync(RedisScript script) =>
        Assert.Equal(1, (int)((RedisResult[])(await script.EvaluateAsync(["k"], [1_000_000, 60_000_000]))!)[0]);

    private static async Task<int> CallsAsync(RedisServer server, string command) =>
        (await server.ReplyAsync("INFO commandstats")).FirstOrDefault(line =>
            line.StartsWith($"cmdstat_{command}:", StringComparison.Ordinal)
        )
            is { } line
            ? int.Parse(line.Split('=', ',')[1], System.Globalization.CultureInfo.InvariantCulture)
            : 0;
}
