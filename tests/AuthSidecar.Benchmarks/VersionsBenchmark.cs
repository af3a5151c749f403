using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// This build of the sidecar, the build whose assembly <c>BENCHMARKS_OTHER</c> names, and a service that decides nothing: all pinned to
/// core 0, the client to core 1, rounds interleaved. <c>BENCHMARKS_OTHER_SETTINGS</c> has settings of the runtime for the other one:
/// <c>DOTNET_GCRetainVM=1 DOTNET_TieredPGO=0</c>. CPU time includes every thread of the process, so also the usage writer's.
/// </summary>
internal sealed class VersionsBenchmark(Size size)
{
    private const string Shape = "-c4 -m25";
    private static readonly string[] _pinned = ["taskset", "-c", "0"];

    private readonly int _first = size.Pick(100_000, 200);
    private readonly int _warmUp = size.Pick(300_000, 200);
    private readonly int _requests = size.Pick(30_000, 200);
    private readonly int _rounds = size.Pick(9, 1);
    private readonly H2Load _load = new(size);

    public async Task<Table> RunAsync()
    {
        var other = Environment.GetEnvironmentVariable("BENCHMARKS_OTHER") ?? SidecarProgram.Path;
        using var nothing = await NullServer.StartAsync(_pinned);
        var settings = Environment.GetEnvironmentVariable("BENCHMARKS_OTHER_SETTINGS")?.Split(' ') ?? [];
        await using var before = await Contender.StartAsync(other, settings);
        await using var after = await Contender.StartAsync(SidecarProgram.Path, []);
        var none = new Server("service that decides nothing", nothing.Address, nothing.Id, after.Server.Body, before.Server.Null);
        Server[] servers = [none, before.Server with { Name = "other build" }, after.Server with { Name = "this build" }];
        var table = new Table(
            "",
            "first 100,000, req/s",
            "steady, req/s",
            "of the null service",
            "µs of CPU a Check",
            "MiB at ready",
            "MiB now"
        );
        var first = servers.Select(server => server.Run(_load, _first).Rate).ToList();
        foreach (var server in servers)
        {
            server.Run(_load, _warmUp);
        }

        var rounds = Enumerable.Range(0, _rounds).Select(_ => servers.Select(server => server.Run(_load, _requests)).ToList()).ToList();
        for (var i = 0; i < servers.Length; i++)
        {
            table.Add(
                servers[i].Name,
                $"{first[i]:N0}",
                $"{rounds.Select(round => round[i].Rate).Median():N0}",
                $"{rounds.Select(round => round[i].Rate / round[0].Rate).Median():F2}",
                $"{rounds.Select(round => round[i].Cpu).Median():F1}",
                $"{servers[i].AtReady:F0}",
                $"{Machine.ResidentMebibytes(servers[i].Process):F0}"
            );
        }

        return table;
    }

    private sealed record Server(string Name, Uri Address, int Process, string Body, int Null, int Answer = 0, double AtReady = 0)
    {
        /// <summary>Requests a second, and microseconds of the server's CPU time for each.</summary>
        public (double Rate, double Cpu) Run(H2Load load, int requests)
        {
            using var process = System.Diagnostics.Process.GetProcessById(Process);
            var before = process.TotalProcessorTime;
            var rate = load.Run(Address, Body, Answer > 0 ? Answer : Null, requests, Shape);
            process.Refresh();
            return (rate, (process.TotalProcessorTime - before).TotalMicroseconds / requests);
        }
    }

    private sealed class Contender(SidecarSandbox sandbox, SidecarProcess process, Server server) : IAsyncDisposable
    {
        public Server Server => server;

        public static async Task<Contender> StartAsync(string program, string[] settings)
        {
            var sandbox = new SidecarSandbox { Wrapper = [.. _pinned, "env", .. settings], Program = program };
            var request = CheckMessages.For(await BenchmarkHarness.MakeMemberAsync(sandbox));
            var body = Path.Combine(sandbox.Root, "request");
            await File.WriteAllBytesAsync(body, CheckMessages.Framed(request));
            var sidecar = await SidecarProcess.StartAsync(sandbox);
            var ready = Machine.ResidentMebibytes(sidecar.Id);
            var answer = BenchmarkHarness.MustAllow(await BenchmarkHarness.CheckAsync(sidecar.Check, request));
            var least = CheckMessages.Framed(new global::Envoy.Service.Auth.V3.CheckResponse { Status = new() }).Length;
            return new(sandbox, sidecar, new("", sidecar.Check, sidecar.Id, body, least, CheckMessages.Framed(answer).Length, ready));
        }

        public async ValueTask DisposeAsync()
        {
            await process.DisposeAsync();
            sandbox.Dispose();
        }
    }
}
