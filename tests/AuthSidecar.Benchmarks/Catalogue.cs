using AuthSidecar.Fuzz;

namespace AuthSidecar.Benchmarks;

/// <summary>What can be measured. Each checks its answers before it counts them, and prints one table.</summary>
internal static class Catalogue
{
    private static readonly (string Name, string What, Func<Task<Table>> Run)[] _benchmarks =
    [
        ("wire", "requests a second over gRPC: the whole Check against a service that decides nothing", WireBenchmark.RunAsync),
        ("pipeline", "time and memory of one Check in process", PipelineBenchmark.RunAsync),
        ("keys", "1,000,000 stored keys against 100: remembered and looked up", ManyKeysBenchmark.RunAsync),
        ("latency", "what the filter adds to a request through a real Envoy at 1,000 requests a second", LatencyBenchmark.RunAsync),
        ("sockets", "WebSockets a second from handshake to first echo, through a real Envoy that asks and one that does not", SocketBenchmark.RunAsync),
        ("memory", "memory of the process with 100,000 remembered keys", MemoryBenchmark.RunAsync),
        ("revocation", "time until three replicas on one PostgreSQL refuse a revoked key, with Redis and without", RevocationBenchmark.RunAsync),
        ("limiter", "calls a second of the rate limiter, in process and over Redis", LimiterBenchmark.RunAsync),
        ("flood", "good requests beside a flood of invalid keys from the same address", FloodBenchmark.RunAsync),
        ("relay", "messages through the relay against a direct socket, and memory of 2,000 open ones", RelayBenchmark.RunAsync),
        ("usage", "parts of usage a second into SQLite, every row checked", UsageBenchmark.RunAsync),
        ("reports", "a month of 10,000,000 requests in SQLite: each sum, one row, the latest", ReportBenchmark.RunAsync),
        ("recorder", "records a second over gRPC into SQLite, each on the disk before its answer", RecorderBenchmark.RunAsync),
        ("observer", "what reading a stream of events costs", ObserverBenchmark.RunAsync),
        ("first-byte", "time to the first event of a stream through a real Envoy, with and without the observer", FirstByteBenchmark.RunAsync),
        ("start", "time to ready, and the first Check after it", StartBenchmark.RunAsync),
    ];

    public static async Task<int> RunAsync(string[] words)
    {
        if (words is [NullServer.Word, var port])
        {
            await NullServer.ServeAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
            return 0;
        }

        if (words is [FuzzCommand.Word, ..])
        {
            return await FuzzCommand.RunAsync(words[1..]);
        }

        var chosen = words is ["all"] ? _benchmarks : [.. _benchmarks.Where(benchmark => words.Contains(benchmark.Name))];
        if (chosen.Length == 0 || (words is not ["all"] && chosen.Length != words.Length))
        {
            Console.WriteLine("dotnet run -c Release --project tests/AuthSidecar.Benchmarks -- NAME…");
            foreach (var (name, what, _) in _benchmarks)
            {
                Console.WriteLine($"  {name,-10} {what}");
            }

            Console.WriteLine("  all        one after the other");
            Console.WriteLine($"  fuzz       {string.Join('|', FuzzTargets.Names)} COUNT [SEED [FIRST]]: any input has a definite answer");
            return words is ["--help"] ? 0 : 64;
        }

        Console.WriteLine(Machine.InWords());
        foreach (var (name, what, run) in chosen)
        {
            Console.WriteLine($"\n### {name}: {what}\n");
            Console.WriteLine(await run());
        }

        return 0;
    }
}
