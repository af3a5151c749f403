using System.Globalization;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Usage;

/// <summary>A process that writes usage reports, to be killed or to run out of disk; it prints its progress.</summary>
internal static class UsageChild
{
    public const string Command = "write-usage";

    public const string HoldingCommand = "hold-usage";

    /// <summary>
    /// Records request 0 with its end, and then decisions that wait for ends; prints how many reports are in the store or wait in memory.
    /// </summary>
    public static async Task HoldAsync(string directory)
    {
        await using var store = SqliteStore.For(new(), directory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var harness = new UsageHarness(store, Path.Combine(directory, "spool"));
        await harness.StartAsync();
        UsageParts.Whole(0).ToList().ForEach(part => harness.Queue.Record(part));
        await harness.UntilAsync(() => harness.Count("usage_written") == 3);
        for (var number = 1; ; number++)
        {
            harness.Queue.Record(UsageParts.Decided(UsageParts.Id(number)));
            if (number % 10 == 0)
            {
                // In this order: a report moves from the memory to the store.
                var written = harness.Count("usage_written");
                Console.WriteLine($"kept {written + harness.Queue.Held} 0");
                await Task.Delay(5);
            }
        }
    }

    /// <param name="directory">Directory of the store and the spool.</param>
    /// <param name="first">Number of the first request.</param>
    /// <param name="count">Number of requests.</param>
    /// <param name="capacity">Capacity of the queue.</param>
    public static async Task RunAsync(string directory, int first, int count, int capacity)
    {
        await using var store = SqliteStore.For(new(), directory, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await using var harness = new UsageHarness(store, Path.Combine(directory, "spool"), capacity);
        await harness.StartAsync();

        // A killed process leaves reports, which are not of those that are counted here.
        await harness.UntilAsync(() => !harness.Spool.MayHold);
        var replayed = harness.Count("usage_written");
        var recording = Task.Run(() => Record(harness, first, count));
        var kept = 0L;
        while (!recording.IsCompleted || (harness.Queue.Depth > 0 && harness.Queue.Dropped == 0))
        {
            kept = Report(harness, replayed, kept);
            await Task.Delay(20);
        }

        await recording;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(3));
        await harness.StopAsync(limit.Token);
        Report(harness, replayed, kept);
        await Console.Error.WriteAsync(harness.Alarm.ToString());
        Console.WriteLine("end");
    }

    /// <summary>Reports that have left this process's memory, and lost reports.</summary>
    public static (long Kept, long Dropped) Read(string line)
    {
        var fields = line.Split(' ');
        return (long.Parse(fields[1], CultureInfo.InvariantCulture), long.Parse(fields[2], CultureInfo.InvariantCulture));
    }

    // Only while all reports take one route are the first n reports those that are stored.
    private static long Report(UsageHarness harness, long replayed, long kept)
    {
        var (written, spooled) = (harness.Count("usage_written") - replayed, harness.Count("usage_spooled"));
        kept =
            harness.Count("usage_spooled") == 0 ? written
            : written == 0 ? spooled
            : kept;
        Console.WriteLine($"kept {kept} {harness.Queue.Dropped}");
        return kept;
    }

    private static void Record(UsageHarness harness, int first, int count)
    {
        for (var number = first; number < first + count; number++)
        {
            foreach (var part in UsageParts.Whole(number))
            {
                harness.Queue.Record(part);
            }

            if (number % 10 == 0)
            {
                Thread.Sleep(5);
            }
        }
    }
}
