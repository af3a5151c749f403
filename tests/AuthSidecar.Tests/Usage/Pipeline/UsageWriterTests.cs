using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Usage.Pipeline;

/// <summary>Writes usage to a real SQLite file, and handles a store that does not accept it.</summary>
public sealed class UsageWriterTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private Store _store = null!;

    private string Spool => Path.Combine(_directory, "spool");

    public async Task InitializeAsync()
    {
        _store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await _store.PrepareAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Reports_AreStored_WithCostsAndSums_AndBudgetsAreSettled()
    {
        var settled = new List<SettledUsage>();
        await using var harness = new UsageHarness(_store, Spool, settle: (rows, _) =>
        {
            settled.AddRange(rows);
            return Task.CompletedTask;
        });
        await harness.StartAsync();
        var reserved = UsageParts.Decided(UsageParts.Id(1));
        reserved.ReservedMicros = 100;

        harness.Queue.Record(reserved);
        await harness.UntilAsync(() => harness.Count("usage_written") == 1);
        harness.Queue.Record(UsageParts.Logged(UsageParts.Id(1)));
        await harness.UntilAsync(() => harness.Count("usage_written") == 2);
        harness.Queue.Record(UsageParts.Observed(UsageParts.Id(1)));
        await harness.UntilAsync(() => harness.Count("usage_written") == 3);
        await harness.StopAsync();

        var state = await UsageState.ReadAsync(_store);
        state.MustAddUp();
        var row = Assert.Single(state.Rows);
        Assert.Equal(("complete", 25L, false, "gpt-5"), (row.Outcome, row.CostMicros, row.IsEstimated, row.Model));
        Assert.Equal([(100, false), (25, true)], settled.Select(row => (row.Row.CostMicros, row.IsCounted)));
        Assert.Equal(["Key key 202601 25", "User ada 202601 25"], state.Spends);
        Assert.Equal((10, 5), (harness.Count("tokens{input,other}"), harness.Count("tokens{output,other}")));
        Assert.Equal((100, 25), (harness.Count("cost_micros{other,true}"), harness.Count("cost_micros{other,false}")));
        Assert.False(Directory.Exists(Spool));
    }

    [Fact]
    public async Task TheSameTwice_ChangesNothing()
    {
        await using var harness = new UsageHarness(_store, Spool);
        UsageReport[] parts = [.. Enumerable.Range(0, 50).SelectMany(UsageParts.Whole)];
        await harness.Tables.WriteAsync(parts, CancellationToken.None);
        var before = await UsageState.ReadAsync(_store);

        var changes = await harness.Tables.WriteAsync(parts, CancellationToken.None);

        Assert.Empty(changes.Rows);
        Assert.Equal(before.Days, (await UsageState.ReadAsync(_store)).Days);
    }

    [Fact]
    public async Task RejectedReports_BecomeDeadLetters_AndTheOthersAreStored()
    {
        await ExecuteAsync(
            """CREATE TRIGGER "Refuse" BEFORE INSERT ON "Usage" WHEN NEW."KeyId" = 'poison' BEGIN SELECT RAISE(ABORT, 'not this one'); END"""
        );
        await using var harness = new UsageHarness(_store, Spool);
        foreach (var number in Enumerable.Range(0, 300))
        {
            var part = UsageParts.Decided(UsageParts.Id(number));
            part.KeyId = number is 3 or 100 or 299 ? "poison" : "key";
            harness.Queue.Record(part);
        }

        await harness.StartAsync();
        await harness.StopAsync();

        var state = await UsageState.ReadAsync(_store);
        state.MustAddUp();
        Assert.Equal(297, state.Rows.Count);
        await using var context = _store.Open();
        var letters = await context.DeadLetters.OrderBy(letter => letter.Id).ToListAsync();
        Assert.Equal(
            [UsageParts.Id(3), UsageParts.Id(100), UsageParts.Id(299)],
            letters.Select(letter => SpoolLine.Read(System.Text.Encoding.UTF8.GetBytes(letter.Report))!.DecisionId)
        );
        Assert.All(letters, letter => Assert.Contains("not this one", letter.Problem, StringComparison.Ordinal));
        Assert.Equal((3, 0), (harness.Count("usage_dead_letters"), harness.Queue.Dropped));
    }

    [Fact]
    public async Task WithoutATableForDeadLetters_TheyGoToAFile()
    {
        await ExecuteAsync(
            """DROP TABLE "DeadLetters"; CREATE TRIGGER "Refuse" BEFORE INSERT ON "Usage" BEGIN SELECT RAISE(ABORT, 'not this one'); END"""
        );
        await using var harness = new UsageHarness(_store, Spool);
        harness.Queue.Record(UsageParts.Decided("d"));

        await harness.StartAsync();
        await harness.StopAsync();

        Assert.Contains(
            "not this one",
            Assert.Single(await File.ReadAllLinesAsync(Path.Combine(Spool, "dead.jsonl"))),
            StringComparison.Ordinal
        );
        Assert.Equal(0, harness.Queue.Dropped);
    }

    /// <summary>Another process holds the store's lock: no report is dropped, and each is stored once afterwards.</summary>
    [Fact]
    public async Task LockedStore_ReportsAreSpooled_AndStoredAfterwards()
    {
        const int Each = 200;
        var seconds = Heavy.Or(30, 4);
        await using var harness = new UsageHarness(_store, Spool);
        await harness.StartAsync();
        var number = 0;
        await using (await LockAsync())
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            for (var second = 0; second < seconds; second++)
            {
                for (var end = number + Each; number < end; number++)
                {
                    Assert.All(UsageParts.Whole(number), part => Assert.True(harness.Queue.Record(part)));
                }

                await timer.WaitForNextTickAsync();
            }

            await harness.UntilAsync(() => harness.Count("usage_spooled") > 0);
            Assert.Equal(0, harness.Count("usage_written"));
        }

        await harness.UntilAsync(() => harness.Count("usage_written") == 3 * number && harness.Spool.Bytes == 0);
        await harness.StopAsync();

        var state = await UsageState.ReadAsync(_store);
        state.MustAddUp();
        Assert.Equal(number, state.Rows.Count(row => row.Outcome == "complete"));
        Assert.Equal((0, harness.Count("usage_spooled")), (harness.Queue.Dropped, harness.Count("usage_replayed")));
        Assert.True(harness.Count("usage_retries") > 0);
    }

    /// <summary>
    /// A write hangs without failing: its reports and later ones are spooled meanwhile, so that they survive a killed process.
    /// </summary>
    [Fact]
    public async Task WriteThatHangs_LeavesNothingInMemoryAlone_AndMakesNoRowTwice()
    {
        using var hanging = new SemaphoreSlim(0);
        await using var harness = new UsageHarness(
            _store,
            Spool,
            settle: (_, cancellationToken) => hanging.WaitAsync(cancellationToken),
            patience: TimeSpan.FromMilliseconds(50)
        );
        var first = UsageParts.Decided(UsageParts.Id(0));
        first.ReservedMicros = 1;
        harness.Queue.Record(first);
        harness.Queue.Record(UsageParts.Logged(UsageParts.Id(0)));
        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Count("usage_spooled") == 2);

        for (var number = 1; number <= 100; number++)
        {
            Assert.All(UsageParts.Whole(number), part => Assert.True(harness.Queue.Record(part)));
        }

        await harness.UntilAsync(() => harness.Queue.Depth == 0 && harness.Count("usage_spooled") == 302);
        Assert.Equal(2, harness.Count("usage_written"));

        hanging.Release(1000);
        await harness.UntilAsync(() => harness.Count("usage_replayed") == 302 && harness.Spool.Bytes == 0);
        await harness.StopAsync();
        var state = await UsageState.ReadAsync(_store);
        state.MustAddUp();
        Assert.Equal((101, 0), (state.Rows.Count, harness.Queue.Dropped));
    }

    [Fact]
    public async Task StoppedWhileTheStoreIsLocked_WhatIsLeftIsOnDisk_AndTheNextStartStoresIt()
    {
        await using (await LockAsync())
        {
            await using var stopped = new UsageHarness(_store, Spool);
            await stopped.StartAsync();
            Enumerable.Range(0, 1000).SelectMany(UsageParts.Whole).ToList().ForEach(part => Assert.True(stopped.Queue.Record(part)));
            await stopped.StopAsync();
            Assert.Equal((0, 0), (stopped.Queue.Depth, stopped.Queue.Dropped));
        }

        Assert.Empty((await UsageState.ReadAsync(_store)).Rows);
        await using var next = new UsageHarness(_store, Spool);
        await next.StartAsync();
        await next.UntilAsync(() => next.Count("usage_replayed") == 3000 && next.Spool.Bytes == 0);
        await next.StopAsync();

        var state = await UsageState.ReadAsync(_store);
        state.MustAddUp();
        Assert.Equal(1000, state.Rows.Count);
    }

    [Fact]
    public async Task StoppedWithoutTime_WhatIsLeftIsOnDisk()
    {
        await using var harness = new UsageHarness(_store, Spool, capacity: 20_000);
        Enumerable.Range(0, 5000).SelectMany(UsageParts.Whole).ToList().ForEach(part => harness.Queue.Record(part));
        await harness.StartAsync();

        await harness.StopAsync(new(canceled: true));

        Assert.Equal((0, 0), (harness.Queue.Depth, harness.Queue.Dropped));
        Assert.Equal(15_000, harness.Count("usage_written") + harness.Count("usage_spooled"));
        Assert.True(harness.Count("usage_spooled") > 0);
    }

    [Fact]
    public async Task QueueThatIsNearlyFull_GoesToDisk_WhileAWriteHangs()
    {
        await using var harness = new UsageHarness(_store, Spool, capacity: 1000);
        await harness.StartAsync();
        await using (await LockAsync())
        {
            for (var number = 0; number < 5000; number++)
            {
                await harness.UntilAsync(() => harness.Queue.Depth < 900);
                Assert.True(harness.Queue.Record(UsageParts.Decided(UsageParts.Id(number))));
            }
        }

        await harness.UntilAsync(() => harness.Count("usage_written") == 5000 && harness.Spool.Bytes == 0);
        await harness.StopAsync();

        (await UsageState.ReadAsync(_store)).MustAddUp();
        Assert.Equal(0, harness.Queue.Dropped);
    }

    /// <summary>Operator commands write to the same file.</summary>
    [Fact]
    public async Task WhileUsageIsWrittenWithoutPause_OthersGetTheirTurn()
    {
        await using var harness = new UsageHarness(_store, Spool);
        await harness.StartAsync();
        using var done = new CancellationTokenSource();
        var telling = Task.Run(async () =>
        {
            for (var number = 0; !done.IsCancellationRequested; number++)
            {
                await harness.UntilAsync(() => harness.Queue.Depth < 20_000);
                UsageParts.Whole(number).ToList().ForEach(part => harness.Queue.Record(part));
            }
        });
        await harness.UntilAsync(() => harness.Count("usage_written") > 0);

        await using var other = SqliteStore.For(new(), _directory, TimeProvider.System);
        for (var number = 0; number < 20; number++)
        {
            Assert.NotNull((await new CreateUser(other, TimeProvider.System).RunAsync(new($"user{number}"), CancellationToken.None)).Value);
        }

        await done.CancelAsync();
        await telling;
        Assert.Equal(0, harness.Queue.Dropped);
    }

    [Fact]
    public async Task NeitherStoreNorDisk_LossIsCountedAndLogged_AndItRecovers()
    {
        var disk = new List<UsageSpoolTests.FullDisk>();
        var room = 0L;
        await using var harness = new UsageHarness(_store, Spool, capacity: 500, create: path =>
        {
            var file = new UsageSpoolTests.FullDisk(path) { Room = Volatile.Read(ref room) };
            disk.Add(file);
            return file;
        });
        await harness.StartAsync();
        var accepted = 0;
        await using (await LockAsync())
        {
            await harness.UntilAsync(() =>
            {
                accepted += Enumerable.Range(0, 100).Count(_ => harness.Queue.Record(UsageParts.Decided(Guid.NewGuid().ToString("N"))));
                return harness.Queue.Dropped > 1000 && harness.Alarm.ToString().Length > 0;
            });
            Assert.Contains("No space left on device", harness.Alarm.ToString(), StringComparison.Ordinal);
        }

        await harness.UntilAsync(() => harness.Queue.Depth == 0);
        await harness.StopAsync();

        var state = await UsageState.ReadAsync(_store);
        state.MustAddUp();
        Assert.Equal(harness.Queue.Offered - harness.Queue.Dropped, state.Rows.Count);
        Assert.InRange(state.Rows.Count, 1, accepted);
    }

    [Fact]
    public async Task SpoolOfAKilledProcess_IsStored_AndATornLineIsCounted()
    {
        using (var killed = new UsageSpool(Spool, TimeProvider.System))
        {
            killed.TryKeep([.. Enumerable.Range(0, 10).SelectMany(UsageParts.Whole)]);
        }

        await File.AppendAllTextAsync(Assert.Single(Directory.GetFiles(Spool)), """{"DecisionId":"torn","Time":"2026-01-""");
        await using var harness = new UsageHarness(_store, Spool);
        await harness.StartAsync();
        await harness.UntilAsync(() =>
            harness.Count("usage_replayed") == 30 && harness.Count("usage_torn_lines") == 1 && harness.Spool.Bytes == 0
        );

        (await UsageState.ReadAsync(_store)).MustAddUp();
    }

    private async Task<IAsyncDisposable> LockAsync()
    {
        var connection = new SqliteConnection($"Data Source={Path.Combine(_directory, "authsidecar.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "BEGIN IMMEDIATE";
        await command.ExecuteNonQueryAsync();
        return connection;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var context = _store.Open();
        await context.Database.ExecuteSqlRawAsync(sql);
    }
}
