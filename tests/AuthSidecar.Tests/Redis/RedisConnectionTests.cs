using System.Diagnostics;
using AuthSidecar.Configuration;
using AuthSidecar.Redis;
using AuthSidecar.TestKit;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Redis;

public sealed class RedisConnectionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [RequiresFact("redis")]
    public async Task RedisThatIsThere_IsConnectedWhenTheStartGoesOn()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = Connection(server.Address);

        await connection.StartAsync(CancellationToken.None);

        Assert.True(connection.IsConnected);
        await connection.Database!.PingAsync();
    }

    [RequiresFact("redis")]
    public async Task RedisThatComesLater_IsFound_AndFoundAgainAfterARestart()
    {
        await using var server = await RedisServer.StartAsync();
        await server.KillAsync();
        await using var connection = Connection(server.Address);

        await connection.StartAsync(CancellationToken.None);
        Assert.False(connection.IsConnected);
        Assert.False(await IsAnsweredAsync(connection));

        await server.RestartAsync();
        await UntilAnsweredAsync(connection);
        await server.RestartAsync();
        await UntilAnsweredAsync(connection);
    }

    [RequiresFact("redis")]
    public async Task RedisThatHangs_DoesNotHoldTheEndUp()
    {
        await using var server = await RedisServer.StartAsync();
        var connection = Connection(server.Address);
        await connection.StartAsync(CancellationToken.None);
        server.Freeze();
        var unanswered = connection.Database!.PingAsync();

        await connection.DisposeAsync().AsTask().WaitAsync(_patience);

        await Assert.ThrowsAnyAsync<Exception>(() => unanswered.WaitAsync(_patience));
        server.Resume();
    }

    [Theory]
    [InlineData("127.0.0.1:6379")]
    [InlineData("redis")]
    [InlineData("a:1,b:2,password=p=q,ssl=true")]
    public void Addresses_AreRead(string text) => Assert.NotNull(RedisAddress.Parse(new Secret(text)));

    [Theory]
    [InlineData("redis://127.0.0.1:6379")]
    [InlineData("rediss://user:very-secret@host:6379/0")]
    [InlineData("password=very-secret")]
    [InlineData("127.0.0.1:6379,pasword=very-secret")]
    [InlineData("127.0.0.1:6379,ssl=perhaps")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("a host:1")]
    [InlineData(",")]
    public void WhatCannotBeRead_IsAnErrorThatQuotesNothing(string text)
    {
        Assert.Null(RedisAddress.Parse(new Secret(text)));
        var problems = new Problems();
        RedisRules.Check(new() { ConnectionString = new(text) }, problems);

        Assert.StartsWith("Redis:ConnectionString: must be HOST:PORT", Assert.Single(problems.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", problems.Errors[0], StringComparison.Ordinal);
    }

    private static RedisConnection Connection(string address) => new(RedisAddress.Parse(new Secret(address))!, TimeProvider.System, NullLogger<RedisConnection>.Instance);

    private static async Task UntilAnsweredAsync(RedisConnection connection)
    {
        var clock = Stopwatch.StartNew();
        while (!await IsAnsweredAsync(connection))
        {
            Assert.True(clock.Elapsed < _patience, "Redis was not found.");
            await Task.Delay(20);
        }
    }

    private static async Task<bool> IsAnsweredAsync(RedisConnection connection)
    {
        try
        {
            return connection.Database is { } database && await database.PingAsync() >= TimeSpan.Zero;
        }
        catch (RedisException)
        {
            return false;
        }
    }
}
