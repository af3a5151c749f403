using System.Diagnostics;
using System.Globalization;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Benchmarks;

/// <summary>The duration of each report over two months of 10,000,000 requests each, of 4,000 keys and five models, in SQLite.</summary>
internal sealed class ReportBenchmark(Size size)
{
    private readonly int _rows = size.Pick(10_000_000, 20_000);
    private readonly int _rounds = size.Pick(7, 2);
    private const int Days = 31;
    private static readonly DateOnly _first = new(2026, 1, 1);
    private static readonly DateOnly _last = new(2026, 1, 31);

    // Ids increase with time, like those of decisions.
    private const string InsertRows = """
        WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {0} - 1)
        INSERT INTO Usage (DecisionId, Time, KeyId, UserId, Tenant, Policy, Provider, Model, Mode, Decision, Reason, Status, Outcome, DurationMs, RequestBytes, ResponseBytes,
            InputTokens, OutputTokens, CostMicros, IsEstimated, Client, Path, Facts)
        SELECT printf('%032x', i), {1} + i * {2}, 'key' || (i * 7919 % 4000), printf('00000000-0000-7000-8000-%012d', i * 7919 % 4000 / 2), 'tenant' || (i * 7919 % 50), 'llm',
            CASE i / 7 % 5 WHEN 0 THEN 'openai' WHEN 1 THEN 'openai' WHEN 2 THEN 'gemini' ELSE 'anthropic' END,
            CASE i / 7 % 5 WHEN 0 THEN 'gpt-5' WHEN 1 THEN 'gpt-5-mini' WHEN 2 THEN 'gemini-2.5-pro' WHEN 3 THEN 'claude-sonnet-4-5' ELSE 'claude-haiku-4-5' END,
            'centralized', 'allow', '', 200, 'complete', 420, 1000, 2000, 10 + i % 100, 5 + i % 50, 25 + i % 200, 0, 'codex', '/v1/chat/completions', 23
        FROM n
        """;

    // Unordered within a day, as in production.
    private const string InsertDays = """
        INSERT INTO UsageDays
        SELECT Time / 86400000000 AS Day, Provider, Model, KeyId, UserId, Tenant, count(*), count(CostMicros), sum(InputTokens), sum(OutputTokens), 0, 0, 0, sum(CostMicros)
        FROM Usage GROUP BY 1, 2, 3, 4, 5, 6 ORDER BY Day, random()
        """;

    private const string InsertMonthBefore =
        "INSERT INTO UsageDays SELECT Day - {0}, Provider, Model, KeyId, UserId, Tenant, Requests, Priced, InputTokens, OutputTokens, "
        + "0, 0, 0, CostMicros FROM UsageDays";

    public async Task<Table> RunAsync()
    {
        var directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
        var table = new Table("report", "ms, first", "ms, median of the rest", "slowest of the rest", "CPU ms, median", "items");
        await using (var store = SqliteStore.For(new(), directory, TimeProvider.System))
        {
            await store.PrepareAsync(CancellationToken.None);
            var sums = await FillAsync(store);
            foreach (var by in Enum.GetValues<UsageGroup>())
            {
                await MeasureAsync(table, $"usage --by {by.ToString().ToLowerInvariant()}", async () =>
                {
                    var items = await new SumUsage(store).RunAsync(new(by, _first, _last), CancellationToken.None);
                    return items.Sum(item => item.Requests) == _rows
                        ? items.Count
                        : throw new InvalidOperationException($"By {by} there are {items.Sum(item => item.Requests)} requests.");
                });
            }

            var rows = new FindUsage(store);
            await MeasureAsync(table, "usage rows --decision", async () =>
                (await rows.ByIdAsync((_rows / 2).ToString("x32", CultureInfo.InvariantCulture), CancellationToken.None)).Value.Status
                == 200
                    ? 1
                    : 0
            );
            await MeasureAsync(table, "usage rows --last 50", async () => await LatestAsync(FindUsage.Usual));
            await MeasureAsync(table, "usage rows --last 10000", async () => await LatestAsync(FindUsage.Most));
            async Task<int> LatestAsync(int count) =>
                (await rows.LatestAsync(count, CancellationToken.None)).Value is var latest
                && latest.Count == count
                && latest[0].DecisionId == (_rows - 1).ToString("x32", CultureInfo.InvariantCulture)
                    ? count
                    : throw new InvalidOperationException($"Not the latest {count} rows.");

            table.Results.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{_rows:N0} rows in {sums:N0} sums of days, as many sums of the month before, "
                        + $"{new FileInfo(store.Name).Length / 1_000_000:N0} MB. Aim: each under 1,000 ms."
                )
            );
        }

        Directory.Delete(directory, recursive: true);
        return table;
    }

    private async Task<int> FillAsync(Store store)
    {
        await using var context = store.Open();
        context.Database.SetCommandTimeout(TimeSpan.FromMinutes(30));
        var start = (DateTimeOffset)_first.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc);
        await context.Database.ExecuteSqlRawAsync(
            InsertRows,
            _rows,
            Instant.ToMicroseconds(start),
            (long)TimeSpan.FromDays(Days).TotalMicroseconds / _rows
        );
        await context.Database.ExecuteSqlRawAsync(InsertDays);
        var sums = await context.UsageDays.CountAsync();
        await context.Database.ExecuteSqlRawAsync(InsertMonthBefore, Days);
        return sums;
    }

    private async Task MeasureAsync(Table table, string what, Func<Task<int>> read)
    {
        var (times, busy) = (new List<double>(), new List<double>());
        var items = 0;
        for (var round = 0; round < _rounds; round++)
        {
            var before = Process.GetCurrentProcess().TotalProcessorTime;
            var start = Stopwatch.GetTimestamp();
            items = await read();
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            busy.Add((Process.GetCurrentProcess().TotalProcessorTime - before).TotalMilliseconds);
        }

        table.Add(
            what,
            $"{times[0]:F1}",
            $"{times.Skip(1).Median():F1}",
            $"{times.Skip(1).Max():F1}",
            $"{busy.Skip(1).Median():F0}",
            items
        );
    }
}
