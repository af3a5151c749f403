using System.Diagnostics;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace AuthSidecar.Tests.Access.RateLimiting;

/// <summary>One Redis per test class, started on first use.</summary>
public sealed class SharedRedis : IAsyncLifetime
{
    private readonly Lazy<Task<RedisServer>> _server = new(() => RedisServer.StartAsync());
    private readonly List<RedisConnection> _connections = [];

    public Task InitializeAsync() => Task.CompletedTask;

    internal Task<RedisServer> ServerAsync() => _server.Value;

    internal async Task<RedisConnection> ConnectAsync()
    {
        var connection = await OpenAnsweredAsync((await _server.Value).Address);
        _connections.Add(connection);
        return connection;
    }

    internal static async Task<RedisConnection> OpenAsync(string address)
    {
        var connection = new RedisConnection(RedisAddress.Parse(new Secret(address))!, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(CancellationToken.None);
        return connection;
    }

    /// <summary>As <see cref="OpenAsync"/>, to a server that answers.</summary>
    internal static async Task<RedisConnection> OpenAnsweredAsync(string address)
    {
        var connection = await OpenAsync(address);
        await UntilAnsweredAsync(connection);
        return connection;
    }

    /// <summary>Waits for the connection, which the start awaits for a second at most, and less than a busy machine needs.</summary>
    internal static async Task UntilAnsweredAsync(RedisConnection connection)
    {
        for (var clock = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                await connection.Database.PingAsync(CommandFlags.DemandMaster);
                return;
            }
            catch (RedisException) when (clock.Elapsed < TimeSpan.FromSeconds(20)) { }
        }
    }

    public async Task DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        if (_server.IsValueCreated)
        {
            await (await _server.Value).DisposeAsync();
        }
    }
}
