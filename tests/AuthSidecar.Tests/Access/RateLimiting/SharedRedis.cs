using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;
using AuthSidecar.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

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
        var connection = await OpenAsync((await _server.Value).Address);
        _connections.Add(connection);
        return connection;
    }

    internal static async Task<RedisConnection> OpenAsync(string address)
    {
        var connection = new RedisConnection(RedisAddress.Parse(new Secret(address))!, NullLogger<RedisConnection>.Instance);
        await connection.StartAsync(CancellationToken.None);
        return connection;
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
