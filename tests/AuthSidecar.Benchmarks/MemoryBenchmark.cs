using AuthSidecar.TestSupport.Servers;
using Grpc.Net.Client;

namespace AuthSidecar.Benchmarks;

/// <summary>Resident memory after two requests for each of 100,000 keys, with the default settings.</summary>
internal sealed class MemoryBenchmark(Size size)
{
    private readonly TimeSpan _rest = size.Pick(TimeSpan.FromSeconds(10), TimeSpan.Zero);
    private readonly int _keys = size.Pick(100_000, 200);
    private const int AtOnce = 32;

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var tokens = await BulkKeys.MakeAsync(sandbox, _keys);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var table = new Table("sidecar process", "resident MiB");
        table.Add("ready", $"{Machine.ResidentMebibytes(sidecar.Id):F0}");
        for (var pass = 1; pass <= 2; pass++)
        {
            await CheckAllAsync(sidecar, tokens);
            table.Add($"pass {pass} over {_keys:N0} keys", $"{Machine.ResidentMebibytes(sidecar.Id):F0}");
        }

        await Task.Delay(_rest);
        table.Add("10 s later", $"{Machine.ResidentMebibytes(sidecar.Id):F0}");
        table.Results.Add("Aim: 160 MiB.");
        return table;
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
