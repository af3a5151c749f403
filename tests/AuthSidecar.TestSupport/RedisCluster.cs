using System.Diagnostics;

namespace AuthSidecar.TestSupport;

/// <summary>A real Redis Cluster on this machine: three primaries with one replica each.</summary>
internal sealed class RedisCluster : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly List<RedisServer> _nodes = [];

    /// <summary>One node; the client finds the others.</summary>
    public string Address => _nodes[0].Address;

    public static async Task<RedisCluster> StartAsync()
    {
        var cluster = new RedisCluster();
        try
        {
            await cluster.RunAsync();
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>The current owner of a key.</summary>
    public async Task<RedisServer> OwnerOfAsync(string key)
    {
        foreach (var node in _nodes.Where(node => node.IsRunning))
        {
            if (!(await node.AskAsync($"EXISTS {key}")).StartsWith('-'))
            {
                return node;
            }
        }

        throw new InvalidOperationException($"No node owns {key}.");
    }

    /// <summary>Promotes a replica in place of this primary, which stays connected to its clients.</summary>
    public async Task DemoteAsync(RedisServer primary)
    {
        var id = (await primary.ReplyAsync("CLUSTER MYID"))[1];
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < Patience)
        {
            foreach (var node in _nodes.Where(node => node.IsRunning && node != primary))
            {
                if (
                    (await node.ReplyAsync("CLUSTER NODES")).Any(line => line.Contains("myself,slave " + id, StringComparison.Ordinal))
                    && await node.AskAsync("CLUSTER FAILOVER") == "+OK"
                )
                {
                    return;
                }
            }

            await Task.Delay(50);
        }

        throw new IOException("The primary has no replica that takes over.");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }
    }

    private async Task RunAsync()
    {
        for (var i = 0; i < 6; i++)
        {
            _nodes.Add(
                await RedisServer.StartAsync(
                    "--cluster-enabled",
                    "yes",
                    "--cluster-port",
                    $"{RedisServer.FreePort()}",
                    "--cluster-node-timeout",
                    "2000",
                    "--repl-diskless-sync-delay",
                    "0"
                )
            );
        }

        var program = Programs.OnPath("redis-cli") ?? throw new InvalidOperationException("redis-cli is not on the PATH.");
        var (exitCode, output) = Programs.Run(
            program,
            ["--cluster", "create", .. _nodes.Select(node => node.Address), "--cluster-replicas", "1", "--cluster-yes"]
        );
        if (exitCode != 0)
        {
            throw new IOException(output);
        }

        // A replica without a copy cannot take over.
        var clock = Stopwatch.StartNew();
        while (
            (await Task.WhenAll(_nodes.Select(node => node.ReplyAsync("INFO replication")))).Count(reply =>
                reply.Contains("master_link_status:up")
            ) < 3
        )
        {
            if (clock.Elapsed > Patience)
            {
                throw new IOException("The replicas are not in step.");
            }

            await Task.Delay(50);
        }
    }
}
