using System.Diagnostics;
using System.Globalization;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// The first seconds of a sidecar on one core: time and memory until ready, and the rate of the first requests against the steady one. The
/// client has the other core.
/// </summary>
internal sealed class WarmBenchmark(Size size)
{
    private readonly int _starts = size.Pick(3, 1);
    private readonly int _step = size.Pick(10_000, 100);
    private readonly H2Load _load = new(size);

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox { Wrapper = ["taskset", "-c", "0"] };
        sandbox.Settings.Remove("WarmUp");
        var request = CheckMessages.For(await BenchmarkHarness.MakeMemberAsync(sandbox));
        var body = Path.Combine(sandbox.Root, "request");
        await File.WriteAllBytesAsync(body, CheckMessages.Framed(request));
        var rounds = new List<double[]>();
        for (var start = 0; start < _starts; start++)
        {
            Console.Error.WriteLine($"warm: start {start + 1} of {_starts}");
            rounds.Add(await RunAsync(sandbox, request, body));
        }

        var table = new Table($"median of {_starts} starts on one core", "", "of steady");
        var medians = Enumerable.Range(0, rounds[0].Length).Select(column => rounds.Select(round => round[column]).Median()).ToList();
        var steady = medians[^1];
        table.Add("from exec to the ready line, s", Text(medians[0], "F2"), "");
        table.Add("resident memory when ready, MiB", Text(medians[1], "F0"), "");
        table.Add("first Check: connect, look up, allow, ms", Text(medians[2], "F1"), "");
        Add("requests 1 to 10,000, req/s", medians[3]);
        Add("requests 10,001 to 100,000, req/s", medians[4]);
        Add("requests 100,001 to 400,000, req/s", medians[5]);
        Add("steady: requests 700,001 to 800,000, req/s", steady);
        table.Results.Add("Aims: ready within 5 s; every rate at least 60 % of the steady one.");
        return table;

        void Add(string what, double rate) => table.Add(what, Text(rate, "N0"), Text(rate / steady, "P0"));
    }

    private async Task<double[]> RunAsync(SidecarSandbox sandbox, global::Envoy.Service.Auth.V3.CheckRequest request, string body)
    {
        var clock = Stopwatch.StartNew();
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var ready = clock.Elapsed.TotalSeconds;
        var memory = Machine.ResidentMebibytes(sidecar.Id);
        clock.Restart();
        var answer = BenchmarkHarness.MustAllow(await BenchmarkHarness.CheckAsync(sidecar.Check, request));
        var first = clock.Elapsed.TotalMilliseconds;
        var bytes = CheckMessages.Framed(answer).Length;
        return [ready, memory, first, Run(1), Run(9), Run(30), .. new[] { Run(30), Run(10) }.TakeLast(1)];

        double Run(int steps) => _load.Run(sidecar.Check, body, bytes, steps * _step);
    }

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
