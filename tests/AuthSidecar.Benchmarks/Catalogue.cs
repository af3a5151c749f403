using AuthSidecar.TestSupport.Fuzz;

namespace AuthSidecar.Benchmarks;

/// <summary>All benchmarks. Each verifies its answers before it counts them, and prints one table.</summary>
internal static class Catalogue
{
    private const string SmokeOption = "--smoke";

    private static readonly (string Name, string What, Func<Size, Task<Table>> Run)[] _benchmarks =
    [
        ("wire", "requests a second over gRPC: the whole Check against a service that decides nothing", size =>
            new WireBenchmark(size).RunAsync()
        ),
        ("versions", "one Check over gRPC beside another build of the sidecar, and a service that decides nothing", size =>
            new VersionsBenchmark(size).RunAsync()
        ),
        ("pipeline", "time and memory of one Check in process", size => new PipelineBenchmark(size).RunAsync()),
        ("keys", "1,000,000 stored keys against 100: remembered and looked up", size => new ManyKeysBenchmark(size).RunAsync()),
        ("latency", "what the filter adds to a request through a real Envoy at 1,000 requests a second", size =>
            new LatencyBenchmark(size).RunAsync()
        ),
        ("bodies", "what showing bodies to Check adds, and memory with many uploads at once", size => new BodiesBenchmark(size).RunAsync()),
        ("soak", "ten minutes of 1,000 requests a second through a real Envoy: memory, handles and threads", size =>
            new SoakBenchmark(size).RunAsync()
        ),
        ("sockets", "WebSockets a second from handshake to first echo, through a real Envoy that asks and one that does not", size =>
            new SocketBenchmark(size).RunAsync()
        ),
        ("memory", "memory of the process with 100,000 remembered keys", size => new MemoryBenchmark(size).RunAsync()),
        ("revocation", "time until three replicas on one PostgreSQL refuse a revoked key, with Redis and without", size =>
            new RevocationBenchmark(size).RunAsync()
        ),
        ("limiter", "calls a second of the rate limiter, in process and over Redis", size => new LimiterBenchmark(size).RunAsync()),
        ("flood", "good requests beside a flood of invalid keys from the same address", size => new FloodBenchmark(size).RunAsync()),
        ("relay", "messages through the relay against a direct socket, and memory of 2,000 open ones", size =>
            new RelayBenchmark(size).RunAsync()
        ),
        ("usage", "usage reports a second into SQLite, every row checked", size => new UsageBenchmark(size).RunAsync()),
        ("reports", "a month of 10,000,000 requests in SQLite: each sum, one row, the latest", size =>
            new ReportBenchmark(size).RunAsync()
        ),
        ("recorder", "records a second over gRPC into SQLite, each on the disk before its answer", size =>
            new RecorderBenchmark(size).RunAsync()
        ),
        ("observer", "what reading a stream of events costs", size => new ObserverBenchmark(size).RunAsync()),
        ("first-byte", "time to the first event of a stream through a real Envoy, with and without the observer", size =>
            new FirstByteBenchmark(size).RunAsync()
        ),
        ("console", "Checks beside logins and dashboards", size => new ConsoleBenchmark(size).RunAsync()),
        ("warm", "rate of the first requests after a start on one core, against the steady one", size =>
            new WarmBenchmark(size).RunAsync()
        ),
        ("start", "time to ready, and the first Check after it", size => new StartBenchmark(size).RunAsync()),
    ];

    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is [NullServer.Command, var port])
        {
            await NullServer.ServeAsync(int.Parse(port, System.Globalization.CultureInfo.InvariantCulture));
            return 0;
        }

        if (arguments is [FuzzCommand.Command, ..])
        {
            return await FuzzCommand.RunAsync(arguments[1..]);
        }

        if (arguments is ["--list"])
        {
            Console.WriteLine(string.Join('\n', _benchmarks.Select(benchmark => benchmark.Name)));
            return 0;
        }

        var size = new Size(arguments.Contains(SmokeOption));
        arguments = [.. arguments.Where(argument => argument != SmokeOption)];
        var chosen = arguments is ["all"] ? _benchmarks : [.. _benchmarks.Where(benchmark => arguments.Contains(benchmark.Name))];
        if (chosen.Length == 0 || (arguments is not ["all"] && chosen.Length != arguments.Length))
        {
            Console.WriteLine("dotnet run -c Release --project tests/AuthSidecar.Benchmarks -- [--smoke] NAME…");
            foreach (var (name, what, _) in _benchmarks)
            {
                Console.WriteLine($"  {name, -10} {what}");
            }

            Console.WriteLine("  all        one after the other");
            Console.WriteLine(
                $"  {SmokeOption}    the smallest size: shows that a benchmark runs and that its answers are right, not how fast"
            );
            Console.WriteLine($"  fuzz       {string.Join('|', FuzzTargets.Names)} COUNT [SEED [FIRST]]: any input has a definite answer");
            return arguments is ["--help"] ? 0 : 64;
        }

        Console.WriteLine(Machine.Describe());
        foreach (var (name, what, run) in chosen)
        {
            Console.WriteLine($"\n### {name}: {what}\n");
            Console.WriteLine(await run(size));
        }

        return 0;
    }
}
