using AuthSidecar.TestSupport.Servers;
using Grpc.Net.Client;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Resident memory after requests for each of 100,000 keys with the default settings, and the live heap that a cached key costs.
/// </summary>
internal sealed class MemoryBenchmark(Size size)
{
    private readonly TimeSpan _rest = size.Pick(TimeSpan.FromSeconds(10), TimeSpan.Zero);
    private readonly int _keys = size.Pick(100_000, 200);
    private readonly int _live = size.Pick(10_000, 200);
    private const int AtOnce = 32;

    // The third request of a key is the first that may prepare its answer.
    private const int Passes = 3;

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var tokens = await BulkKeys.MakeAsync(sandbox, _keys);
        var table = new Table("remembered keys", "");
        await ResidentAsync(table, sandbox, tokens);
        await LiveAsync(table, sandbox, tokens[.._live]);
        table.Results.Add("Aim: 200 MiB.");
        return table;
    }

    private async Task ResidentAsync(Table table, SidecarSandbox sandbox, string[] tokens)
    {
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        table.Add("ready, resident MiB", $"{Machine.ResidentMebibytes(sidecar.Id):F0}");
        for (var pass = 1; pass <= Passes; pass++)
        {
            await CheckAllAsync(sidecar, tokens);
            table.Add($"pass {pass} over {_keys:N0} keys, resident MiB", $"{Machine.ResidentMebibytes(sidecar.Id):F0}");
        }

        await Task.Delay(_rest);
        table.Add("10 s later, resident MiB", $"{Machine.ResidentMebibytes(sidecar.Id):F0}");
    }

    // After a full collection in this process, without sockets and usage: caches and prepared answers.
    private static async Task LiveAsync(Table table, SidecarSandbox sandbox, string[] tokens)
    {
        await using var sidecar = await LocalSidecar.StartAsync(sandbox);
        BenchmarkHarness.MustAllow((await sidecar.CheckAsync(CheckMessages.For(tokens[0]))).ToMessage());
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var pass = 1; pass <= Passes; pass++)
        {
            foreach (var token in tokens)
            {
                BenchmarkHarness.MustAllow((await sidecar.CheckAsync(CheckMessages.For(token))).ToMessage());
            }

            var bytes = (GC.GetTotalMemory(forceFullCollection: true) - before) / tokens.Length;
            table.Add($"live heap a key after pass {pass}, bytes", $"{bytes:N0}");
        }
    }

    private static async Task CheckAllAsync(SidecarProcess sidecar, string[] tokens)
    {
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var client = new global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient(channel);
        await Parallel.ForEachAsync(tokens, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (token, cancelled) =>
            BenchmarkHarness.MustAllow(
                await client.CheckAsync(CheckMessages.For(token), deadline: DateTime.UtcNow.AddSeconds(30), cancellationToken: cancelled)
            )
        );
    }
}
