using System.Diagnostics;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Platform.Redis;

public sealed class RedisConnectionTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(20);

    [RequiresFact("redis")]
    public async Task AvailableRedis_IsConnectedAtStart()
    {
        await using var server = await RedisServer.StartAsync();
        await using var connection = Connection(server.Address);

        await connection.StartAsync(CancellationToken.None);

        Assert.True(connection.IsConnected);
        await connection.Database.PingAsync();
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

    [Theory]
    [InlineData("no-such-host.invalid:6379")]
    [InlineData("no-such-host.invalid:6379,resolveDns=true")]
    [InlineData("no-such-host.invalid:26379,serviceName=sidecars")]
    public async Task UnresolvableHost_DelaysNothing_AndCallsFailAtOnce(string address)
    {
        await using var connection = Connection(address);

        await connection.StartAsync(CancellationToken.None).WaitAsync(_patience);

        Assert.False(connection.IsConnected);
        Assert.True(connection.Database.PingAsync().IsFaulted);
    }

    [RequiresFact("redis")]
    public async Task RedisHangingAtStart_IsConnectedOnceItAnswers()
    {
        await using var server = await RedisServer.StartAsync();
        server.Freeze();
        await using var connection = Connection(server.Address);

        await connection.StartAsync(CancellationToken.None).WaitAsync(_patience);
        Assert.False(connection.IsConnected);

        server.Resume();
        await UntilAnsweredAsync(connection);
    }

    [RequiresFact("redis")]
    public async Task HangingRedis_DoesNotDelayTheStop()
    {
        await using var server = await RedisServer.StartAsync();
        var connection = Connection(server.Address);
        await connection.StartAsync(CancellationToken.None);
        server.Freeze();
        var unanswered = connection.Database.PingAsync();

        await connection.DisposeAsync().AsTask().WaitAsync(_patience);

        await Assert.ThrowsAnyAsync<Exception>(() => unanswered.WaitAsync(_patience));
        server.Resume();
    }

    [Theory]
    [InlineData("127.0.0.1:6379")]
    [InlineData("redis")]
    [InlineData("a:1,b:2,password=p=q,ssl=true")]
    [InlineData("a:1,a:1,user=u,defaultDatabase=3")]
    [InlineData("[::1]:6379")]
    [InlineData("sentinel-0:26379,sentinel-1:26379,serviceName=sidecars,sentinelPassword=p")]
    public void Addresses_AreRead(string text)
    {
        var problems = new ConfigurationErrors();
        RedisRules.Check(new() { ConnectionString = new(text) }, problems);

        Assert.NotNull(RedisAddress.Parse(new Secret(text)));
        Assert.Empty(problems.Errors);
        Assert.Empty(problems.Warnings);
    }

    [Theory]
    [InlineData("redis://127.0.0.1", "127.0.0.1:6379", false, null, null, 0)]
    [InlineData("rediss://redis.example:6380/3", "Unspecified/redis.example:6380", true, null, null, 3)]
    [InlineData("REDISS://sidecar:p%2Cq%3D%40@redis.example/", "Unspecified/redis.example:6379", true, "sidecar", "p,q=@", 0)]
    [InlineData("redis://:p@[::1]:7000", "[::1]:7000", false, null, "p", 0)]
    public void Urls_AreRead(string text, string endPoint, bool isTls, string? user, string? password, int database)
    {
        var options = RedisAddress.Parse(new Secret(text))!;

        Assert.Equal(
            (endPoint, isTls, user, password, database),
            (Assert.Single(options.EndPoints).ToString(), options.Ssl, options.User, options.Password, options.DefaultDatabase)
        );
        Assert.False(options.AbortOnConnectFail);
    }

    [Theory]
    [InlineData("http://127.0.0.1:6379")]
    [InlineData("redis://very-secret@host")]
    [InlineData("redis://:very-secret@host/database")]
    [InlineData("redis://:very-secret@host/0/1")]
    [InlineData("redis://:very-secret@host?db=1")]
    [InlineData("redis://:very-secret@host#1")]
    [InlineData("rediss://:very-secret@host:6379,ssl=true")]
    [InlineData("rediss://:very-secret@")]
    [InlineData("a:1,b:99999,password=very-secret")]
    [InlineData("password=very-secret")]
    [InlineData("127.0.0.1:6379,pasword=very-secret")]
    [InlineData("127.0.0.1:6379,ssl=perhaps")]
    [InlineData("127.0.0.1:99999")]
    [InlineData("a host:1")]
    [InlineData(",")]
    public void WhatCannotBeRead_IsAnErrorThatQuotesNothing(string text)
    {
        Assert.Null(RedisAddress.Parse(new Secret(text)));
        var problems = new ConfigurationErrors();
        RedisRules.Check(new() { ConnectionString = new(text) }, problems);

        Assert.StartsWith("Redis:ConnectionString: must be HOST:PORT", Assert.Single(problems.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", problems.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Proxy_IsRefused()
    {
        var problems = new ConfigurationErrors();
        RedisRules.Check(new() { ConnectionString = new("host:1,proxy=envoyproxy,password=very-secret") }, problems);

        Assert.StartsWith("Redis:ConnectionString: must not name a proxy", Assert.Single(problems.Errors), StringComparison.Ordinal);
        Assert.DoesNotContain("very-secret", problems.Errors[0], StringComparison.Ordinal);
    }

    [Fact]
    public void SeveralAddressesWithADatabase_AreWarnedOf_ForAClusterHasOnlyOne()
    {
        var problems = new ConfigurationErrors();
        RedisRules.Check(new() { ConnectionString = new("a:1,b:2,defaultDatabase=1,password=very-secret") }, problems);

        Assert.Empty(problems.Errors);
        Assert.StartsWith(
            "Redis:ConnectionString: has several addresses and a defaultDatabase",
            Assert.Single(problems.Warnings),
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("very-secret", problems.Warnings[0], StringComparison.Ordinal);
    }

    private static RedisConnection Connection(string address) =>
        new(RedisAddress.Parse(new Secret(address))!, NullLogger<RedisConnection>.Instance);

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
            return await connection.Database.PingAsync() >= TimeSpan.Zero;
        }
        catch (RedisException)
        {
            return false;
        }
    }
}
