using System.Diagnostics;
using AuthSidecar.Access.RateLimiting;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Platform.Redis;

/// <summary>Reports of a rejecting Redis in the log, in <c>/readyz</c> and as a metric; never its password.</summary>
public sealed class RedisHealthTests : IDisposable
{
    private const string Secret = "very-secret";
    private readonly TestMetrics _metrics = new();
    private readonly RecordingLogger<RedisConnection> _log = new();

    public void Dispose() => _metrics.Dispose();

    [RequiresTheory("redis")]
    [InlineData("", "NOAUTH")]
    [InlineData(",password=very-secret-and-wrong", "WRONGPASS")]
    [InlineData(",user=unknown,password=very-secret-and-wrong", "WRONGPASS")]
    [InlineData(",user=off,password=very-secret", "WRONGPASS")]
    public async Task LoginThatIsRefused_IsNamed(string login, string problem)
    {
        await using var server = await RedisServer.StartAsync("--requirepass", Secret, "--user", "off", "off", $">{Secret}", "~*", "+@all");
        await using var connection = Connection(server.Address + login);

        await connection.StartAsync(CancellationToken.None);

        Assert.False(connection.IsConnected);
        Assert.Equal((problem, $"refused: {problem}"), (connection.Health.Problem, connection.Health.Detail));
        Assert.Contains(_log.Entries, entry => entry.Message.Contains($"Redis unavailable ({problem})", StringComparison.Ordinal));
        Assert.Contains(_log.Entries, entry => entry.Message.Contains($"Redis rejects calls ({problem})", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Entries, entry => entry.Message.Contains(Secret, StringComparison.Ordinal));
        Assert.True(_metrics.Counts[$"authsidecar_redis_failures_total{{reason={problem.ToLowerInvariant()}}}"] > 0);
    }

    [RequiresFact("redis")]
    public async Task CorrectedPassword_IsDetected()
    {
        await using var server = await RedisServer.StartAsync(
            "--requirepass",
            "other",
            "--user",
            "sidecar",
            "on",
            ">other",
            "~*",
            "&*",
            "+@all"
        );
        await using var connection = Connection($"{server.Address},user=sidecar,password={Secret}");
        await connection.StartAsync(CancellationToken.None);
        Assert.Equal("refused: WRONGPASS", connection.Health.Detail);

        await server.ReplyAsync($"AUTH other\r\nACL SETUSER sidecar >{Secret}");

        await UntilAsync(() => connection is { IsConnected: true, Health.Detail: null });
    }

    [RequiresFact("redis")]
    public async Task UnreachableRedis_IsNotReportedAsARefusal()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var connection = Connection($"{server.Address},password={Secret}");

        await connection.StartAsync(CancellationToken.None);

        Assert.Equal("no connection", connection.Health.Detail);
        await server.RestartAsync();
    }

    [RequiresFact("redis")]
    public async Task RevokedAndRestoredRights_AreDetected()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = Connection(server.Address);
        await connection.StartAsync(CancellationToken.None);
        var windows = new RedisWindows(connection);
        Bucket[] bucket = [new(new(BucketKind.Key, "", "k"), 10, TimeSpan.FromMinutes(1))];
        await windows.CountAsync(bucket);
        Assert.Null(connection.Health.Detail);

        await server.AskAsync("ACL SETUSER default -evalsha -eval");
        await Assert.ThrowsAnyAsync<Exception>(() => windows.CountAsync(bucket));
        Assert.Equal("refused: NOPERM", connection.Health.Detail);

        await server.AskAsync("ACL SETUSER default +@all");
        await windows.CountAsync(bucket);
        Assert.Null(connection.Health.Detail);
        Assert.Equal(1, _metrics.Counts["authsidecar_redis_failures_total{reason=noperm}"]);
    }

    [RequiresFact("redis")]
    public async Task HangingRedis_IsReportedAsNoAnswer()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = Connection(server.Address);
        await connection.StartAsync(CancellationToken.None);
        await using var breaker = new RedisCircuitBreaker(
            [new RedisWindows(connection).ProbeAsync],
            TimeProvider.System,
            new RecordingLogger<RedisCircuitBreaker>(),
            null,
            connection.Health
        );
        server.Freeze();

        breaker.Trip(new TimeoutException());

        Assert.Equal("no answer in time", connection.Health.Detail);
        server.Resume();
        await UntilAsync(() => breaker.IsAvailable && connection.Health.Detail is null);
    }

    private RedisConnection Connection(string text) => new(RedisAddress.Parse(new(text))!, _log, null, _metrics);

    private static async Task UntilAsync(Func<bool> isSo)
    {
        var clock = Stopwatch.StartNew();
        while (!isSo())
        {
            Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), "It is not noticed.");
            await Task.Delay(20);
        }
    }
}
