using System.Diagnostics;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;
using Microsoft.Data.Sqlite;

namespace AuthSidecar.IntegrationTests.Usage;

/// <summary>SIGKILL in the middle of writing, and a full disk.</summary>
public sealed class UsageCrashTests : IDisposable
{
    private const int Never = 100_000_000;
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task KilledWhileWriting_RowsAreStoredOnce_AndMatchTheSums()
    {
        var first = 0;
        for (var round = 0; round < Heavy.Or(10, 3); round++)
        {
            using var child = Start([], first, Never);
            var last = await ReadAsync(child, line => line.Kept > 3000);
            child.Kill();
            last = await LastAsync(child, last);
            await MustHoldAsync(first, last.Kept);
            first += 1_000_000;
        }

        // The next process continues.
        using (var last = Start([], first, 10))
        {
            await last.WaitForExitAsync();
        }

        await MustHoldAsync(first, 30);
    }

    [Fact]
    public async Task KilledWhileTheStoreIsLocked_TheNextProcessStoresTheSpool()
    {
        await PrepareAsync();
        long kept;
        await using (var connection = new SqliteConnection($"Data Source={Path.Combine(_directory, "authsidecar.db")};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "BEGIN IMMEDIATE";
            await command.ExecuteNonQueryAsync();
            using var child = Start([], 0, Never);
            var last = await ReadAsync(child, line => line.Kept > 3000);
            child.Kill();
            kept = (await LastAsync(child, last)).Kept;
        }

        using (var next = Start([], 2_000_000, 10))
        {
            await next.WaitForExitAsync();
        }

        await using (var store = SqliteStore.For(new(), _directory, TimeProvider.System))
        {
            // The short run may not have had time for all of it.
            await using var harness = new UsageHarness(store, Path.Combine(_directory, "spool"));
            await harness.StartAsync();
            await harness.UntilAsync(() => harness.Spool.Bytes == 0);
        }

        await MustHoldAsync(0, kept);
    }

    /// <summary>Reports that wait in memory for the others of their request are on disk.</summary>
    [Fact]
    public async Task KilledWhileDecisionsAwaitTheirEnds_TheNextProcessStoresThem()
    {
        long kept;
        using (var child = Start([], UsageChild.HoldingCommand, _directory))
        {
            var last = await ReadAsync(child, line => line.Kept > 1000);
            child.Kill();
            kept = (await LastAsync(child, last)).Kept;
        }

        Assert.Contains(Directory.GetFiles(Path.Combine(_directory, "journal")), file => new FileInfo(file).Length > 0);
        await using (var store = SqliteStore.For(new(), _directory, TimeProvider.System))
        {
            await using var harness = new UsageHarness(store, Path.Combine(_directory, "spool"));
            await harness.StartAsync();
            await harness.UntilAsync(() => !harness.Spool.MayHold);
            await harness.StopAsync();
            var state = await UsageState.ReadAsync(store);
            state.MustAddUp();
            var ids = state.Rows.Select(row => row.DecisionId).ToHashSet(StringComparer.Ordinal);
            Assert.All(Enumerable.Range(0, (int)kept - 2), number => Assert.Contains(UsageParts.Id(number), ids));
        }
    }

    [RequiresFact("tmpfs")]
    public async Task FullDisk_EndsInCountedDropsAndAnAlarm_AndTheProcessLives()
    {
        var onASmallDisk = SmallDisk.Wrapper(_directory, megabytes: 3);
        using var child = Start(onASmallDisk, 0, Heavy.Or(100_000, 15_000), capacity: 6_000);

        var output = child.StandardOutput.ReadToEndAsync();
        var errors = await child.StandardError.ReadToEndAsync();
        await child.WaitForExitAsync();

        Assert.Equal(0, child.ExitCode);
        var lines = (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("end", lines[^1]);
        Assert.True(UsageChild.Read(lines[^2]).Dropped > 0, lines[^2]);
        Assert.Contains("Usage spool not writable", errors, StringComparison.Ordinal);
    }

    private Process Start(string[] wrapper, int first, int count, int capacity = 65_536) =>
        Start(wrapper, UsageChild.Command, _directory, $"{first}", $"{count}", $"{capacity}");

    private static Process Start(string[] wrapper, params string[] arguments)
    {
        string[] command = [.. wrapper, Programs.OnPath("dotnet")!, typeof(UsageCrashTests).Assembly.Location, .. arguments];
        return Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
    }

    private static async Task<(long Kept, long Dropped)> ReadAsync(Process child, Func<(long Kept, long Dropped), bool> isEnough)
    {
        while (await child.StandardOutput.ReadLineAsync() is { } line)
        {
            if (UsageChild.Read(line) is var progress && isEnough(progress))
            {
                return progress;
            }
        }

        throw new InvalidOperationException(await child.StandardError.ReadToEndAsync());
    }

    // The counts that it printed before it died hold too.
    private static async Task<(long Kept, long Dropped)> LastAsync(Process child, (long Kept, long Dropped) last)
    {
        var rest = (await child.StandardOutput.ReadToEndAsync()).Split('\n');
        return rest[..^1].Aggregate(last, (_, line) => UsageChild.Read(line));
    }

    private async Task PrepareAsync()
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
    }

    /// <summary>Checks that the rows contain the first reports, up to a number, of requests from a number on.</summary>
    private async Task MustHoldAsync(int first, long parts)
    {
        await using var store = SqliteStore.For(new(), _directory, TimeProvider.System);
        var state = await UsageState.ReadAsync(store);
        state.MustAddUp();
        var rows = state.Rows.ToDictionary(row => row.DecisionId, StringComparer.Ordinal);
        Assert.All(Enumerable.Range(first, (int)(parts / 3)), number => Assert.Equal("complete", rows[UsageParts.Id(number)].Outcome));
    }
}
