using System.Diagnostics;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// A store with a million keys against one with a hundred: cached keys over gRPC, lookups in process, rounds interleaved.
/// </summary>
internal sealed class ManyKeysBenchmark(Size size)
{
    private readonly int _few = size.Pick(100, 10);
    private readonly int _many = size.Pick(1_000_000, 1_000);
    private readonly int _rounds = size.Pick(9, 1);
    private readonly int _requests = size.Pick(60_000, 200);
    private readonly H2Load _load = new(size);
    private readonly int _lookUps = size.Pick(2_000, 20);

    public async Task<Table> RunAsync()
    {
        using var fewSandbox = new SidecarSandbox { Wrapper = ["taskset", "-c", "0"] };
        using var manySandbox = new SidecarSandbox { Wrapper = ["taskset", "-c", "0"] };
        var few = await BulkKeys.MakeAsync(fewSandbox, _few);
        var many = await BulkKeys.MakeAsync(manySandbox, _many);
        var table = new Table("full Check", $"{_few} keys", $"{_many:N0} keys", "ratio (median of pairs)", "lowest", "highest");
        await RememberedAsync(table, fewSandbox, few, manySandbox, many);
        await LookedUpAsync(table, fewSandbox, few, manySandbox, many);
        table.Results.Add("Ratio above 1: the million is better. Aim: 0.90 or more in both rows.");
        return table;
    }

    private async Task RememberedAsync(Table table, SidecarSandbox fewSandbox, string[] few, SidecarSandbox manySandbox, string[] many)
    {
        await using var fewServer = await SidecarProcess.StartAsync(fewSandbox);
        await using var manyServer = await SidecarProcess.StartAsync(manySandbox);
        var (fewLoad, manyLoad) = (await LoadAsync(fewServer, fewSandbox, few[0]), await LoadAsync(manyServer, manySandbox, many[0]));
        var pairs = Enumerable.Range(0, _rounds + 3).Select(_ => (Few: fewLoad(), Many: manyLoad())).Skip(3).ToList();
        Add(table, "remembered key over the wire, req/s", "N0", pairs, pair => pair.Many / pair.Few);
    }

    private async Task<Func<double>> LoadAsync(SidecarProcess server, SidecarSandbox sandbox, string token)
    {
        var request = CheckMessages.For(token);
        var answer = CheckMessages.Framed(BenchmarkHarness.MustAllow(await BenchmarkHarness.CheckAsync(server.Check, request))).Length;
        var body = sandbox.WriteSecret("request", "");
        await File.WriteAllBytesAsync(body, CheckMessages.Framed(request));
        return () => _load.Run(server.Check, body, answer, _requests);
    }

    private async Task LookedUpAsync(Table table, SidecarSandbox fewSandbox, string[] few, SidecarSandbox manySandbox, string[] many)
    {
        await using var fewSidecar = await ForgetfulAsync(fewSandbox);
        await using var manySidecar = await ForgetfulAsync(manySandbox);
        var pairs = new List<(double Few, double Many)>();
        for (var round = 0; round < _rounds + 3; round++)
        {
            pairs.Add((await LookUpAsync(fewSidecar, few), await LookUpAsync(manySidecar, many)));
        }

        Add(table, "look-up in the store, in process, µs", "F1", [.. pairs.Skip(3)], pair => pair.Few / pair.Many);
    }

    private static Task<LocalSidecar> ForgetfulAsync(SidecarSandbox sandbox)
    {
        sandbox.Settings["Cache"] = new System.Text.Json.Nodes.JsonObject { ["PositiveTtl"] = "00:00:00" };
        sandbox.Save();
        return LocalSidecar.StartAsync(sandbox);
    }

    /// <returns>Microseconds for one Check with a key that is in no cache but the operating system's.</returns>
    private async Task<double> LookUpAsync(LocalSidecar sidecar, string[] tokens)
    {
        var requests = Enumerable.Range(0, _lookUps).Select(_ => CheckMessages.For(tokens[Random.Shared.Next(tokens.Length)])).ToList();
        BenchmarkHarness.MustAllow((await sidecar.CheckAsync(requests[0])).ToMessage());
        var answers = new List<CheckAnswer>(_lookUps);
        var clock = Stopwatch.StartNew();
        foreach (var request in requests)
        {
            answers.Add(await sidecar.CheckAsync(request));
        }

        var time = clock.Elapsed.TotalMicroseconds / _lookUps;
        answers.ForEach(answer => BenchmarkHarness.MustAllow(answer.ToMessage()));
        return time;
    }

    private static void Add(
        Table table,
        string what,
        string format,
        List<(double Few, double Many)> pairs,
        Func<(double Few, double Many), double> ratio
    )
    {
        var ratios = pairs.Select(ratio).ToList();
        table.Add(
            what,
            pairs.Select(pair => pair.Few).Median().ToString(format, System.Globalization.CultureInfo.InvariantCulture),
            pairs.Select(pair => pair.Many).Median().ToString(format, System.Globalization.CultureInfo.InvariantCulture),
            $"{ratios.Median():F2}",
            $"{ratios.Min():F2}",
            $"{ratios.Max():F2}"
        );
    }
}
