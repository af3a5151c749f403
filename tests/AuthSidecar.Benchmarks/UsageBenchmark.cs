using System.Diagnostics;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Usage pipeline into SQLite: each request has three usage reports, the decision at once and its end half a second later, so that most
/// rows are written twice.
/// </summary>
internal sealed class UsageBenchmark(Size size)
{
    private const int Users = 1000;
    private readonly int _targetRate = size.Pick(20_000, 2_000);
    private readonly int _mostRate = size.Pick(60_000, 6_000);
    private readonly int _usualRate = size.Pick(6_000, 600);
    private readonly int _seconds = size.Pick(30, 1);
    private readonly TimeSpan _patience = size.Pick(TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(0.3));
    private static readonly string[] _models = ["gpt-5", "gpt-5-mini", "claude-sonnet", "claude-haiku", "gemini-pro"];

    public async Task<Table> RunAsync()
    {
        var table = new Table(
            "reports",
            "offered/s",
            "written/s",
            "most waiting",
            "dropped",
            "on disk",
            "longest latency, ms",
            "µs of CPU a report",
            "ns per offer"
        );
        await RunAsync(table, $"{_usualRate} a second for {_seconds} s", _usualRate);
        await RunAsync(table, "as many as it takes", rate: null);
        await RunAsync(table, $"{_targetRate} a second for {_seconds} s", _targetRate);
        table.Results.Add(
            $"Aim: {_targetRate} reports a second for as long as they come, none lost. Every row and the sums of days were checked afterwards."
        );
        return table;
    }

    private async Task RunAsync(Table table, string what, int? rate)
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
        await using (var store = SqliteStore.For(new(), directory, TimeProvider.System))
        {
            await store.PrepareAsync(CancellationToken.None);
            await using var harness = new UsageHarness(store, Path.Combine(directory, "spool"), patience: UsageWriter.Patience);
            await harness.StartAsync();
            var busy = Process.GetCurrentProcess().TotalProcessorTime;
            var lag = Task.Factory.StartNew(() => LongestWay(harness), TaskCreationOptions.LongRunning);
            var clock = Stopwatch.StartNew();
            var (requests, most, offering) = await Task.Factory.StartNew(() => Offer(harness, rate), TaskCreationOptions.LongRunning);
            var offered = clock.Elapsed;
            await harness.UntilAsync(() =>
                harness.Count("usage_written") + harness.Queue.Dropped >= harness.Queue.Offered
                && harness.Queue.Depth == 0
                && harness.Spool.Bytes == 0
            );
            var written = clock.Elapsed;
            busy = Process.GetCurrentProcess().TotalProcessorTime - busy;
            await harness.StopAsync();
            await CheckAsync(store, requests);
            table.Add(
                what,
                $"{harness.Queue.Offered / offered.TotalSeconds:F0}",
                $"{(harness.Queue.Offered - harness.Queue.Dropped) / written.TotalSeconds:F0}",
                most,
                harness.Queue.Dropped,
                harness.Count("usage_spooled"),
                $"{(await lag).TotalMilliseconds:F0}",
                $"{busy.TotalMicroseconds / harness.Queue.Offered:F1}",
                $"{offering.TotalNanoseconds / harness.Queue.Offered:F0}"
            );
        }

        Directory.Delete(directory, recursive: true);
    }

    // Ends follow their decisions by ten steps of 50 ms.
    private (int Requests, long Most, TimeSpan Offering) Offer(UsageHarness harness, int? rate)
    {
        const int Steps = 20;
        const int Delay = 10;
        var perStep = (rate ?? _mostRate) / 3 / Steps;
        var ended = new Queue<List<string>>();
        var (requests, most, offering) = (0, 0L, TimeSpan.Zero);
        var clock = Stopwatch.StartNew();
        for (var step = 0; step < (_seconds * Steps) + Delay; step++)
        {
            var ids = new List<string>();
            List<UsageReport> reports = [];
            for (var number = 0; step < _seconds * Steps && number < perStep; number++)
            {
                ids.Add(DecisionIds.Next(TimeProvider.System));
                reports.Add(Decided(ids[^1], requests++));
            }

            ended.Enqueue(ids);
            if (ended.Count > Delay)
            {
                reports.AddRange(ended.Dequeue().SelectMany(id => new[] { Observed(id), UsageParts.Logged(id) }));
            }

            var start = Stopwatch.GetTimestamp();
            reports.ForEach(report => harness.Queue.Record(report));
            offering += Stopwatch.GetElapsedTime(start);
            most = Math.Max(most, harness.Queue.Depth);
            Wait(harness, rate is null ? TimeSpan.Zero : TimeSpan.FromSeconds((step + 1.0) / Steps) - clock.Elapsed);
        }

        return (requests, most, offering);
    }

    // Measures from the offer of a report to its commit; ends when everything is written.
    private TimeSpan LongestWay(UsageHarness harness)
    {
        var waiting = new Queue<(long Number, long At)>();
        var longest = TimeSpan.Zero;
        var (seen, last) = (0L, 0L);
        while (
            harness.Queue.Offered == 0
            || harness.Count("usage_written") + harness.Queue.Dropped < harness.Queue.Offered
            || Stopwatch.GetElapsedTime(last) < _patience
        )
        {
            if (harness.Queue.Offered is var offered && offered > seen)
            {
                waiting.Enqueue((seen = offered, last = Stopwatch.GetTimestamp()));
            }

            var written = harness.Count("usage_written");
            while (waiting.TryPeek(out var first) && first.Number <= written)
            {
                var way = Stopwatch.GetElapsedTime(waiting.Dequeue().At);
                longest = way > longest ? way : longest;
            }

            Thread.Sleep(10);
        }

        return longest;
    }

    private static void Wait(UsageHarness harness, TimeSpan rest)
    {
        if (rest > TimeSpan.Zero)
        {
            Thread.Sleep(rest);
        }

        while (harness.Queue.Depth > harness.Queue.Capacity / 2)
        {
            Thread.Sleep(1);
        }
    }

    private static UsageReport Decided(string id, int number)
    {
        var row = UsageParts.Decided(id);
        (row.KeyId, row.UserId) = ($"key{number % Users}", $"user{number % Users}");
        return row;
    }

    private static UsageReport Observed(string id)
    {
        var row = UsageParts.Observed(id);
        row.Model = _models[(uint)id.GetHashCode(StringComparison.Ordinal) % _models.Length];
        return row;
    }

    private static async Task CheckAsync(Store store, int requests)
    {
        await using var context = store.Open();
        var complete = await context.Usage.CountAsync(row =>
            row.Outcome == "complete" && row.CostMicros == 25 && row.UserId != null && row.Status == 200
        );
        var counted = await context.UsageDays.SumAsync(day => day.Requests);
        var spent = await context.Spends.SumAsync(spend => spend.Micros);
        if (complete != requests || counted != requests || spent != 2L * 25 * requests)
        {
            throw new InvalidOperationException(
                $"Of {requests} requests {complete} rows are whole, {counted} are counted, and {spent} was spent."
            );
        }
    }
}
