using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Benchmarks;

/// <summary>Both servers pinned to core 0, the client to core 1, rounds interleaved.</summary>
internal sealed class WireBenchmark(Size size)
{
    private readonly int _rounds = size.Pick(5, 2);

    // On one core the JIT of the hot path competes with it and takes half a minute to catch up.
    private readonly int _warmUp = size.Pick(60_000, 200);
    private readonly int _longWarmUp = size.Pick(600_000, 200);
    private readonly int _requests = size.Pick(20_000, 200);
    private readonly H2Load _load = new(size);
    private static readonly string[] _pinned = ["taskset", "-c", "0"];

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox { Wrapper = _pinned };
        var request = CheckMessages.For(await BenchmarkHarness.MakeMemberAsync(sandbox));
        var body = Path.Combine(sandbox.Root, "request");
        await File.WriteAllBytesAsync(body, CheckMessages.Framed(request));
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var nothing = await NullServer.StartAsync(_pinned);

        var whole = CheckMessages.Framed(BenchmarkHarness.MustAllow(await BenchmarkHarness.CheckAsync(sidecar.Check, request))).Length;
        var least = CheckMessages.Framed(await BenchmarkHarness.CheckAsync(nothing.Address, request)).Length;
        var table = new Table("connections x streams", "null, req/s", "Check, req/s", "ratio (median of pairs)", "lowest", "highest");
        _load.Run(nothing.Address, body, least, _warmUp);
        _load.Run(sidecar.Check, body, whole, _longWarmUp);
        foreach (var shape in new[] { "-c4 -m25", "-c1 -m100", "-c16 -m8" })
        {
            Console.Error.WriteLine($"wire: {shape}");
            var pairs = Enumerable
                .Range(0, _rounds)
                .Select(round =>
                    (
                        Null: _load.Run(nothing.Address, body, least, _requests, shape),
                        Check: _load.Run(sidecar.Check, body, whole, _requests, shape)
                    )
                )
                .Skip(1)
                .ToList();
            var ratios = pairs.Select(pair => pair.Check / pair.Null).ToList();
            table.Add(
                shape,
                $"{pairs.Select(pair => pair.Null).Median():N0}",
                $"{pairs.Select(pair => pair.Check).Median():N0}",
                $"{ratios.Median():F2}",
                $"{ratios.Min():F2}",
                $"{ratios.Max():F2}"
            );
        }

        BenchmarkHarness.MustAllow(await BenchmarkHarness.CheckAsync(sidecar.Check, request));
        table.Results.Add(
            $"Check request {CheckMessages.Framed(request).Length - 5} bytes, answers {whole - 5} and {least - 5} bytes; decision log on, "
                + "into a file; scope, limit, budget, app, membership and caller on warm caches. Aim: ratio 0.60 or more."
        );
        return table;
    }
}
