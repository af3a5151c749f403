using System.Collections.Concurrent;
using System.Globalization;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Two Envoys with the shipped configuration, one of them without the filter, before the same upstream; rounds interleaved.
/// </summary>
internal sealed class LatencyBenchmark(Size size)
{
    public const string UpstreamAnswer = "the upstream's answer";
    private readonly string _envoy = BenchmarkHarness.EnvoyFile(size);
    private readonly int _rounds = size.Pick(8, 1);
    private readonly int _perSecond = size.Pick(1000, 100);
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(0.5));

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var token = await BenchmarkHarness.MakeKeyAsync(sandbox);
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        var callers = new ConcurrentDictionary<string, int>();
        await using var upstream = await UpstreamAsync(callers);
        var port = upstream.Services.Addresses()[0].Port;
        await using var bare = await EnvoyServer.StartAsync(
            EnvoyRelease.Newest,
            Config(sidecar.Check.Port, port).Replace("\n          - *ext_authz\n", "\n", StringComparison.Ordinal)
        );
        await using var filtered = await EnvoyServer.StartAsync(EnvoyRelease.Newest, Config(sidecar.Check.Port, port));

        var without = new PacedLoad(bare.Port("edge_http"), token);
        var with = new PacedLoad(filtered.Port("edge_http"), token);
        var pairs = Enumerable
            .Range(0, _rounds + 1)
            .Select(_ => (Without: without.Run(_perSecond, _round), With: with.Run(_perSecond, _round)))
            .Skip(1)
            .ToList();
        if (!callers.Keys.Order().SequenceEqual(["", BenchmarkHarness.User]) || Math.Abs(callers[""] - callers[BenchmarkHarness.User]) > 0)
        {
            throw new InvalidOperationException($"The upstream was called by {string.Join(", ", callers)}.");
        }

        var table = new Table("ms from request to answer", "p50", "p99", "requests");
        Add(table, "Envoy without the filter", pairs.Select(pair => pair.Without));
        Add(table, "Envoy with the filter and the sidecar", pairs.Select(pair => pair.With));
        table.Add("added (median of pairs)", Added(pairs, 50), Added(pairs, 99), "");
        table.Results.Add("Requests in thousandths, without and with the filter, up to so many ms:");
        table.Results.AddRange(Histogram([.. pairs.SelectMany(pair => pair.Without)], [.. pairs.SelectMany(pair => pair.With)]));
        return table;
    }

    private static IEnumerable<string> Histogram(List<double> without, List<double> with)
    {
        double[] bounds = [0.25, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 25, double.PositiveInfinity];
        var from = 0.0;
        foreach (var to in bounds)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{to, 8} {Share(without, from, to), 8:F2} {Share(with, from, to), 8:F2}"
            );
            from = to;
        }

        static double Share(List<double> times, double from, double to) =>
            1000.0 * times.Count(time => time > from && time <= to) / times.Count;
    }

    private static void Add(Table table, string what, IEnumerable<List<double>> rounds)
    {
        var all = rounds.ToList();
        table.Add(
            what,
            $"{all.Select(times => times.Percentile(50)).Median():F2}",
            $"{all.Select(times => times.Percentile(99)).Median():F2}",
            all.Sum(times => times.Count)
        );
    }

    private static string Added(List<(List<double> Without, List<double> With)> pairs, double percent) =>
        $"{pairs.Select(pair => pair.With.Percentile(percent) - pair.Without.Percentile(percent)).Median():F2}";

    private string Config(int check, int upstream) => EnvoyConfig.OnPorts(_envoy, (9901, 0), (8080, 0), (9001, check), (9100, upstream));

    /// <summary>Answers <see cref="UpstreamAnswer"/> and counts requests by the username in their identity headers.</summary>
    public static async Task<WebApplication> UpstreamAsync(ConcurrentDictionary<string, int> callers)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http1));
        var app = builder.Build();
        app.Run(context =>
        {
            callers.AddOrUpdate(context.Request.Headers["x-authsidecar-caller-username"].ToString(), 1, (_, count) => count + 1);
            context.Response.ContentLength = UpstreamAnswer.Length;
            return context.Response.WriteAsync(UpstreamAnswer);
        });
        await app.StartAsync();
        return app;
    }
}
