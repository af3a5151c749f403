using System.Diagnostics;

namespace AuthSidecar.TestSupport;

/// <summary>A real Redis Sentinel on this machine that monitors a primary with one replica.</summary>
internal sealed class RedisSentinel : IAsyncDisposable
{
    private const string Service = "sidecars";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly string _directory = Directory.CreateTempSubdirectory("sentinel-").FullName;
    private readonly int _port = RedisServer.FreePort();
    private readonly RedisServer[] _servers;
    private Process? _process;

    private RedisSentinel(RedisServer[] servers) => _servers = servers;

    public string Address => $"127.0.0.1:{_port},serviceName={Service}";

    public static async Task<RedisSentinel> StartAsync()
    {
        var primary = await RedisServer.StartAsync("--repl-diskless-sync-delay", "0");
        var sentinel = new RedisSentinel([
            primary,
            await RedisServer.StartAsync("--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", $"{primary.Port}"),
        ]);
        try
        {
            await sentinel.RunAsync();
            return sentinel;
        }
        catch
        {
            await sentinel.DisposeAsync();
            throw;
        }
    }

    public async Task<RedisServer> PrimaryAsync()
    {
        var reply = await RedisServer.ReplyAsync(_port, $"SENTINEL GET-MASTER-ADDR-BY-NAME {Service}");
        return _servers.Single(server => reply.Contains($"{server.Port}"));
    }

    /// <summary>Promotes the replica while both are running.</summary>
    public async Task FailOverAsync()
    {
        var before = await PrimaryAsync();
        await UntilAsync(async () => await RedisServer.AskAsync(_port, $"SENTINEL FAILOVER {Service}") == "+OK");
        await UntilReplacedAsync(before);
    }

    public Task UntilReplacedAsync(RedisServer primary) => UntilAsync(async () => await PrimaryAsync() != primary);

    /// <summary>Freezes the Sentinel itself: it accepts connections and answers nothing until <see cref="Resume"/> (SIGSTOP).</summary>
    public void Freeze() => Signal("STOP");

    public void Resume() => Signal("CONT");

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
            _process.Dispose();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    private async Task RunAsync()
    {
        var file = Path.Combine(_directory, "sentinel.conf");
        await File.WriteAllTextAsync(
            file,
            $"""
            port {_port}
            bind 127.0.0.1
            dir {_directory}
            logfile {_directory}/log
            sentinel monitor {Service} 127.0.0.1 {_servers[0].Port} 1
            sentinel down-after-milliseconds {Service} 1000
            sentinel failover-timeout {Service} 5000
            """
        );
        _process = Process.Start(Programs.OnPath("redis-server")!, [file, "--sentinel"]);
        await UntilAsync(async () =>
            (await _servers[1].ReplyAsync("INFO replication")).Contains("master_link_status:up")
            && (await RedisServer.ReplyAsync(_port, $"SENTINEL REPLICAS {Service}")).Contains("slave-repl-offset")
        );
    }

    private void Signal(string name) => Programs.Run("/bin/kill", [$"-{name}", $"{_process!.Id}"]);

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience)
        {
            try
            {
                if (await condition())
                {
                    return;
                }
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Not running yet.
            }

            await Task.Delay(50);
        }

        throw new IOException("The Sentinel does not do its work.");
    }
}
