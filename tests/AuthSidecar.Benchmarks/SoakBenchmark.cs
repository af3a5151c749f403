using System.Collections.Concurrent;
using System.Globalization;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Benchmarks;

/// <summary>Ten minutes of requests through a real Envoy: memory, handles and threads of the sidecar after each minute.</summary>
internal sealed class SoakBenchmark(Size size)
{
    private readonly int _minutes = size.Pick(10, 2);
    private readonly int _perSecond = size.Pick(1000, 100);
    private readonly TimeSpan _minute = size.Pick(TimeSpan.FromMinutes(1), TimeSpan.FromSeconds(0.5));

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var token = await BenchmarkHarness.MakeKeyAsync(sandbox);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var callers = new ConcurrentDictionary<string, int>();
        await using var upstream = await LatencyBenchmark.UpstreamAsync(callers);
        await using var envoy = await EnvoyServer.StartAsync(
            EnvoyRelease.Newest,
            EnvoyConfig.OnPorts(
                BenchmarkHarness.EnvoyFile(size),
                (9901, 0),
                (8080, 0),
                (9001, sidecar.Check.Port),
                (9100, upstream.Services.Addresses()[0].Port)
            )
        );
        var load = new PacedLoad(envoy.Port("edge_http"), token);
        var table = new Table("minute", "requests", "p50 ms", "p99 ms", "resident MiB", "handles", "threads");
        for (var minute = 0; minute <= _minutes; minute++)
        {
            var times = minute == 0 ? [] : load.Run(_perSecond, _minute);
            table.Add(
                minute,
                times.Count,
                Text(times, 50),
                Text(times, 99),
                Machine.ResidentMebibytes(sidecar.Id).ToString("F1", CultureInfo.InvariantCulture),
                Directory.GetFiles($"/proc/{sidecar.Id}/fd").Length,
                Directory.GetDirectories($"/proc/{sidecar.Id}/task").Length
            );
        }

        return callers.Keys.SequenceEqual([BenchmarkHarness.User])
            ? table
            : throw new InvalidOperationException($"The upstream was called by {string.Join(", ", callers)}.");
    }

    private static string Text(List<double> times, double percent) =>
        times.Count == 0 ? "" : times.Percentile(percent).ToString("F2", CultureInfo.InvariantCulture);
}
