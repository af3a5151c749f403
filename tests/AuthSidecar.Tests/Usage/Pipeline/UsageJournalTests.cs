using System.Buffers;
using System.Text.Json;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class UsageJournalTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string Spool => _directory["spool"];
    private string Journal => _directory["journal"];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public void EveryColumn_IsReadBack()
    {
        var report = UsageParts.Decided("id");
        foreach (var property in typeof(UsageReport).GetProperties().Where(property => property.Name != nameof(report.DecisionId)))
        {
            var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            property.SetValue(
                report,
                type == typeof(string) ? property.Name
                    : type == typeof(DateTimeOffset) ? UsageParts.Start.AddTicks(7)
                    : type.IsEnum ? Enum.ToObject(type, 77_777)
                    : Convert.ChangeType(property.Name.Length * 100_000, type, provider: null)
            );
        }

        var read = ReportRecord.Read(Written(report));

        Assert.Equal(Text(report), Text(read!));
    }

    [Fact]
    public void AnyReport_IsReadBack()
    {
        var random = new Random(1);
        foreach (var number in Enumerable.Range(0, 500))
        {
            var report = UsageParts.Any(random, UsageParts.Id(number));
            report.Path = "/\0 and 日本 😀";
            (report.Requests, report.DurationMs) = (long.MaxValue - 1, -number);

            Assert.Equal(Text(report), Text(ReportRecord.Read(Written(report))!));
        }
    }

    [Fact]
    public void RecordCutAnywhere_IsIncomplete_AndEndsTheFile()
    {
        var buffer = new ArrayBufferWriter<byte>();
        ReportRecord.Write(buffer, UsageParts.Decided("id"));
        for (var length = 1; length < buffer.WrittenCount; length++)
        {
            var rest = new ReadOnlySequence<byte>(buffer.WrittenMemory[..length]);
            Assert.False(ReportRecord.TryTake(ref rest, isAll: false, out _));
            Assert.True(ReportRecord.TryTake(ref rest, isAll: true, out var record));
            Assert.True(rest.IsEmpty);
            Assert.Null(ReportRecord.Read(record.ToArray()));
            Assert.Null(ReportRecord.Read(buffer.WrittenSpan[4..Math.Max(4, length)]));
        }
    }

    /// <summary>A process that is killed leaves its journal behind, as one that ends without releasing it.</summary>
    [Fact]
    public async Task JournalOfAKilledProcess_IsStored_AndItsTornEndIsCounted()
    {
        await using var store = SqliteStore.For(new(), _directory.Path, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        using (var spool = new UsageSpool(Spool, TimeProvider.System))
        using (var killed = new UsageJournal(spool, TimeProvider.System))
        {
            Assert.True(killed.TryAppend([.. Enumerable.Range(0, 10).SelectMany(UsageParts.Whole)], now: 1));
            Assert.Null(spool.OpenOldest());
        }

        await File.AppendAllTextAsync(Assert.Single(Directory.GetFiles(Journal)), "torn");
        await using var harness = new UsageHarness(store, Spool);
        await harness.StartAsync();
        await harness.UntilAsync(() => harness.Count("usage_replayed") == 30 && harness.Count("usage_torn_lines") == 1);
        await harness.StopAsync();

        var state = await UsageState.ReadAsync(store);
        state.MustAddUp();
        Assert.Equal(10, state.Rows.Count(row => row.Outcome == "complete"));
        Assert.Empty(Directory.GetFiles(Journal));
    }

    [Fact]
    public async Task DecisionThatAwaitsItsEnd_IsOnDisk_AndAfterTheStopInTheStoreAlone()
    {
        await using var store = SqliteStore.For(new(), _directory.Path, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var harness = new UsageHarness(store, Spool);
        await harness.StartAsync();
        UsageParts.Whole(1).ToList().ForEach(part => harness.Queue.Record(part));
        await harness.UntilAsync(() => harness.Count("usage_written") == 3);

        for (var number = 2; harness.Queue.Held == 0; number++)
        {
            harness.Queue.Record(UsageParts.Decided(UsageParts.Id(number)));
            await Task.Delay(20);
        }

        var files = Directory.GetFiles(Journal).Select(path => new FileInfo(path)).ToList();
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
        await harness.UntilAsync(() =>
        {
            files.ForEach(file => file.Refresh());
            return files.Sum(file => file.Length) > 0 || harness.Queue.Held == 0;
        });
        await harness.StopAsync();

        Assert.Equal(harness.Queue.Offered, harness.Count("usage_written"));
        Assert.Equal((0, 0), (harness.Queue.Held, harness.Count("usage_spooled")));
        Assert.Empty(Directory.GetFiles(Journal));
    }

    [Fact]
    public void Files_TakeTurns_AndAreEmptiedWhenNoneOfTheirReportsIsInMemory()
    {
        var second = TimeProvider.System.TimestampFrequency;
        using var spool = new UsageSpool(Spool, TimeProvider.System);
        using var journal = new UsageJournal(spool, TimeProvider.System);
        List<UsageReport> reports = [UsageParts.Decided("id")];

        journal.TryAppend(reports, second);
        journal.TryAppend(reports, second * 3 / 2);
        Assert.Equal([true], Filled());
        journal.TryAppend(reports, second * 2);
        Assert.Equal([true, true], Filled());

        journal.Release(second * 3 / 2);
        Assert.Equal([true, true], Filled());
        journal.Release(second * 2);
        Assert.Equal([false, true], Filled());
        journal.TryAppend(reports, second * 3);
        Assert.Equal([true, true], Filled());
        journal.Release(null);
        Assert.Equal([false, false], Filled());
    }

    [Fact]
    public void DirectoryThatCannotBeMade_IsNotTriedAgainForTenSeconds()
    {
        var second = TimeProvider.System.TimestampFrequency;
        using var spool = new UsageSpool(Spool, TimeProvider.System);
        using var journal = new UsageJournal(spool, TimeProvider.System);
        List<UsageReport> reports = [UsageParts.Decided("id")];
        File.WriteAllText(Journal, "in the way");

        Assert.False(journal.TryAppend(reports, second));
        File.Delete(Journal);
        Assert.False(journal.TryAppend(reports, second * 10));
        Assert.True(journal.TryAppend(reports, second * 11));
    }

    private List<bool> Filled() =>
        [.. Directory.GetFiles(Journal).Order(StringComparer.Ordinal).Select(path => new FileInfo(path).Length > 0)];

    private static byte[] Written(UsageReport report)
    {
        var buffer = new ArrayBufferWriter<byte>();
        ReportRecord.Write(buffer, report);
        var rest = new ReadOnlySequence<byte>(buffer.WrittenMemory);
        Assert.True(ReportRecord.TryTake(ref rest, isAll: false, out var record));
        Assert.True(rest.IsEmpty);
        return record.ToArray();
    }

    private static string Text(UsageReport report) => JsonSerializer.Serialize(report);
}
