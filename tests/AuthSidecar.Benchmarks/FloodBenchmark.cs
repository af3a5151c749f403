using System.Diagnostics;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Servers;
using Envoy.Service.Auth.V3;
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
        var (alone, flooded, refused) = (new List<List<double>>(), new List<List<double>>(), 0);
        var reasons = new Dictionary<string, int>();
        for (var round = 0; round <= _rounds; round++)
        {
            var (times, bad) = await SendAsync(client, () => good, PerSecond);
            refused += Refused(bad);
            var flood = SendAsync(client, () => CheckMessages.For(KeyToken.Generate(TokenFamily.Ask)), PerSecond * Times);
            var (timesFlooded, badFlooded) = await SendAsync(client, () => good, PerSecond);
            refused += Refused(badFlooded);
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

        if (refused > 0 || reasons.ContainsKey(""))
        {
            throw new InvalidOperationException(
                $"Good requests refused: {refused}. Of the flood {reasons.GetValueOrDefault("")} were allowed."
            );
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

    private static int Refused(Dictionary<string, int> reasons) =>
        reasons.Where(reason => reason.Key.Length > 0).Sum(reason => reason.Value);

    private static void Add(Table table, string what, List<List<double>> rounds) =>
        table.Add(
            what,
            $"{rounds.Select(times => times.Percentile(50)).Median():F2}",
            $"{rounds.Select(times => times.Percentile(99)).Median():F2}",
            rounds.Sum(times => times.Count)
        );

    // In batches every 10 ms, independent of the responses.
    private async Task<(List<double> Times, Dictionary<string, int> Reasons)> SendAsync(
        global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient client,
        Func<CheckRequest> request,
        int perSecond
    )
    {
        var calls = new List<Task<(double Time, string Reason)>>();
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < _round)
        {
            while (calls.Count < perSecond * clock.Elapsed.TotalSeconds)
            {
                calls.Add(CheckAsync(client, request()));
            }

            await Task.Delay(10);
        }

        var answers = await Task.WhenAll(calls);
        return (
            [.. answers.Select(answer => answer.Time)],
            answers.GroupBy(answer => answer.Reason).ToDictionary(group => group.Key, group => group.Count())
        );
    }

    private static async Task<(double Time, string Reason)> CheckAsync(
        global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient client,
        CheckRequest request
    )
    {
        var sent = Stopwatch.GetTimestamp();
        var answer = await client.CheckAsync(request, deadline: DateTime.UtcNow.AddSeconds(30));
        return (Stopwatch.GetElapsedTime(sent).TotalMilliseconds, answer.DynamicMetadata.Fields["reason"].StringValue);
    }
}
