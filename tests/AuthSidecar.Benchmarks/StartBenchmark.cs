using System.Diagnostics;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Starts with an existing store: time until the ready line, and of the first Check after it, including connection and store lookup.
/// </summary>
internal sealed class StartBenchmark(Size size)
{
    private readonly int _starts = size.Pick(60, 1);

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        sandbox.Settings.Remove("WarmUp");
        sandbox.Save();
        var request = CheckMessages.For(await BenchmarkHarness.MakeKeyAsync(sandbox));
        var (ready, first, second) = (new List<double>(), new List<double>(), new List<double>());

        // The first round warms up the client and is not counted.
        for (var start = 0; start <= _starts; start++)
        {
            var clock = Stopwatch.StartNew();
            await using var sidecar = await SidecarProcess.StartAsync(sandbox);
            var untilReady = clock.Elapsed.TotalMilliseconds;
            var firstCheck = await CheckAsync(sidecar, request);
            if (start > 0)
            {
                ready.Add(untilReady);
                first.Add(firstCheck);
                second.Add(await CheckAsync(sidecar, request));
            }
        }

        var table = new Table($"{_starts} starts, ms", "p50", "p99", "max");
        Add(table, "from exec to the ready line", ready);
        Add(table, "first Check: connect, look up, allow", first);
        Add(table, "second Check: connect, remembered, allow", second);
        table.Results.Add("Aim: p99 of the first Check under 20 ms.");
        return table;
    }

    private static async Task<double> CheckAsync(SidecarProcess sidecar, global::Envoy.Service.Auth.V3.CheckRequest request)
    {
        var clock = Stopwatch.StartNew();
        var answer = await BenchmarkHarness.CheckAsync(sidecar.Check, request);
        var time = clock.Elapsed.TotalMilliseconds;
        BenchmarkHarness.MustAllow(answer);
        return time;
    }

    private static void Add(Table table, string what, List<double> times) =>
        table.Add(what, $"{times.Percentile(50):F1}", $"{times.Percentile(99):F1}", $"{times.Max():F1}");
}
