using System.Collections.Concurrent;
using System.Diagnostics;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Benchmarks;

/// <summary>
/// Usage pipeline into SQLite: each request has three usage reports, the decision at once and its end half a second later; then requests
/// of which only the decision is reported.
/// </summary>
internal sealed class UsageBenchmark(Size size)
{
    private const int Users = 1000;
    private const int Reports = 3;
    private readonly int _targetRate = size.Pick(20_000, 2_000);
    private readonly int _mostRate = size.Pick(60_000, 6_000);
    private readonly int _usualRate = size.Pick(6_000, 600);
    private readonly int _seconds = size.Pick(10, 1);
    private static readonly string[] _models = ["gpt-5", "gpt-5-mini", "claude-sonnet", "claude-haiku", "gemini-pro"];

    public async Task<Table> RunAsync()
    {
        string[] columns =
        [
            "reports",
            "offered/s",
            "written/s",
            "most waiting",
            "dropped",
            "on disk",
            "longest from an end to its settlement, ms",
            "µs of CPU a request",
            "bytes allocated a request",
            "ns per offer",
        ];
        var table = new Table(columns);
        await RunAsync(new Table(columns), "warm-up", _targetRate);
        await RunAsync(table, $"{_usualRate} a second", _usualRate);
        await RunAsync(table, $"{_targetRate} a second", _targetRate);
        await RunAsync(table, "as many as it takes", rate: null);
        await RunAsync(table, $"decisions alone, {_usualRate / Reports} a second", _usualRate, hasEnds: false);
        table.Results.Add(
            $"Aim: {_targetRate} reports a second for as long as they come, none lost. Every row and the sums of days were checked afterwards."
        );
        return table;
    }

    private async Task RunAsync(Table table, string what, int? rate, bool hasEnds = true)
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
        var ends = new EndTimes();
        await using (var store = SqliteStore.For(new(), directory, TimeProvider.System))
        {
            await store.PrepareAsync(CancellationToken.None);
            await using var harness = new UsageHarness(
                store,
                Path.Combine(directory, "spool"),
                settle: ends.SettleAsync,
                patience: UsageWriter.Patience
            );
            await harness.StartAsync();
            var busy = Process.GetCurrentProcess().TotalProcessorTime;
            var allocated = GC.GetTotalAllocatedBytes();
            var clock = Stopwatch.StartNew();
            var (requests, most, offering) = await Task.Factory.StartNew(
                () => Offer(harness, ends, rate, hasEnds),
                TaskCreationOptions.LongRunning
            );
            var offered = clock.Elapsed;
            await harness.UntilAsync(() =>
                harness.Count("usage_written") + harness.Queue.Dropped >= harness.Queue.Offered
                && harness.Queue.Depth == 0
                && harness.Spool.Bytes == 0
            );
            var written = clock.Elapsed;
            busy = Process.GetCurrentProcess().TotalProcessorTime - busy;
            allocated = GC.GetTotalAllocatedBytes() - allocated;
            await harness.StopAsync();
            await CheckAsync(store, requests, hasEnds);
            table.Add(
                what,
                $"{harness.Queue.Offered / offered.TotalSeconds:F0}",
                $"{(harness.Queue.Offered - harness.Queue.Dropped) / written.TotalSeconds:F0}",
                most,
                harness.Queue.Dropped,
                harness.Count("usage_spooled"),
                $"{ends.Longest.TotalMilliseconds:F0}",
                $"{busy.TotalMicroseconds / requests:F1}",
                $"{allocated / requests}",
                $"{offering.TotalNanoseconds / harness.Queue.Offered:F0}"
            );
        }

        Directory.Delete(directory, recursive: true);
    }

    // Ends follow their decisions by ten steps of 50 ms.
    private (int Requests, long Most, TimeSpan Offering) Offer(UsageHarness harness, EndTimes ends, int? rate, bool hasEnds)
    {
        const int Steps = 20;
        const int Delay = 10;
        var perStep = (rate ?? _mostRate) / Reports / Steps;
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

            ended.Enqueue(hasEnds ? ids : []);
            if (ended.Count > Delay && ended.Dequeue() is { Count: > 0 } over)
            {
                reports.AddRange(over.SelectMany(id => new[] { Observed(id), UsageParts.Logged(id) }));
                ends.Offer(over[^1]);
            }

            var start = Stopwatch.GetTimestamp();
            reports.ForEach(report => harness.Queue.Record(report));
            offering += Stopwatch.GetElapsedTime(start);
            most = Math.Max(most, harness.Queue.Depth);
            Wait(harness, rate is null ? TimeSpan.Zero : TimeSpan.FromSeconds((step + 1.0) / Steps) - clock.Elapsed);
        }

        return (requests, most, offering);
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

    private static async Task CheckAsync(Store store, int requests, bool hasEnds)
    {
        await using var context = store.Open();
        var complete = hasEnds
            ? await context.Usage.CountAsync(row =>
                row.Outcome == "complete" && row.CostMicros == 25 && row.UserId != null && row.Status == 200
            )
            : await context.Usage.CountAsync(row => row.Decision == "allow" && row.CostMicros == null && row.UserId != null);
        var counted = await context.UsageDays.SumAsync(day => day.Requests);
        var spent = await context.Spends.Where(spend => spend.PeriodId < BudgetPeriods.FirstWeek).SumAsync(spend => spend.Micros);
        if (complete != requests || counted != requests || spent != (hasEnds ? 2L * 25 * requests : 0))
        {
            throw new InvalidOperationException(
                $"Of {requests} requests {complete} rows are whole, {counted} are counted, and {spent} was spent."
            );
        }
    }

    /// <summary>Of one request of each step, the time from the offer of its end to the notification of budgets, after the commit.</summary>
    private sealed class EndTimes
    {
        private readonly ConcurrentDictionary<string, long> _offered = new(StringComparer.Ordinal);
        private long _longest;

        public TimeSpan Longest => Stopwatch.GetElapsedTime(0, _longest);

        public void Offer(string id) => _offered[id] = Stopwatch.GetTimestamp();

        public Task SettleAsync(IReadOnlyList<SettledUsage> rows, CancellationToken cancellationToken)
        {
            foreach (var row in rows)
            {
                if (_offered.TryRemove(row.Row.DecisionId, out var at))
                {
                    _longest = Math.Max(_longest, Stopwatch.GetTimestamp() - at);
                }
            }

            return Task.CompletedTask;
        }
    }
}
