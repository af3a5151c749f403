using AuthSidecar.Platform.Redis;
using AuthSidecar.Tests.Access.RateLimiting;
using AuthSidecar.TestSupport;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>A separate Redis with a connection for each replica.</summary>
internal sealed class SharedConnections : IAsyncDisposable
{
    private readonly List<RedisConnection> _connections = [];
    private RedisServer? _server;

    public RedisServer Server => _server!;

    public async Task<RedisConnection> OpenAsync()
    {
        _server ??= await RedisServer.StartAsync();
        var connection = await SharedRedis.OpenAnsweredAsync(_server.Address);
        _connections.Add(connection);
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.DisposeAsync();
        }

        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
