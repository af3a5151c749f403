using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Servers;
using Grpc.Net.Client;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Valid requests at a steady rate, with and without ten times as many distinct invalid keys from the same address; rounds interleaved.
/// </summary>
internal sealed class FloodBenchmark(Size size)
{
    private const int PerSecond = 100;
    private const int Times = 10;
    private readonly int _rounds = size.Pick(5, 1);
    private readonly TimeSpan _round = size.Pick(TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(0.5));

    public async Task<Table> RunAsync()
    {
        using var sandbox = new SidecarSandbox();
        var good = CheckMessages.For(await BenchmarkHarness.MakeKeyAsync(sandbox));
        await using var sidecar = await SidecarProcess.StartAsync(sandbox);
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var client = new global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient(channel);
        var checks = new PacedChecks(client, _round);
        var (alone, flooded) = (new List<List<double>>(), new List<List<double>>());
        var reasons = new Dictionary<string, int>();
        for (var round = 0; round <= _rounds; round++)
        {
            var times = await checks.MustAllowAsync(good, PerSecond);
            var flood = checks.SendAsync(() => CheckMessages.For(KeyToken.Generate(TokenFamily.Ask)), PerSecond * Times);
            var timesFlooded = await checks.MustAllowAsync(good, PerSecond);
            foreach (var (reason, count) in (await flood).Reasons)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + count;
            }

            if (round > 0)
            {
                alone.Add(times);
                flooded.Add(timesFlooded);
            }
        }

        if (reasons.TryGetValue("", out var allowed))
        {
            throw new InvalidOperationException($"Of the flood {allowed} were allowed.");
        }

        var table = new Table("good requests, ms", "p50", "p99", "requests");
        Add(table, $"alone, {PerSecond} a second", alone);
        Add(table, $"beside {PerSecond * Times} invalid keys a second", flooded);
        table.Results.Add(
            "No good request was refused. The flood: "
                + $"{string.Join(", ", reasons.OrderBy(reason => reason.Key).Select(reason => $"{reason.Value:N0} {reason.Key}"))}."
        );
        return table;
    }

    private static void Add(Table table, string what, List<List<double>> rounds) =>
        table.Add(
            what,
            $"{rounds.Select(times => times.Percentile(50)).Median():F2}",
            $"{rounds.Select(times => times.Percentile(99)).Median():F2}",
            rounds.Sum(times => times.Count)
        );
}
