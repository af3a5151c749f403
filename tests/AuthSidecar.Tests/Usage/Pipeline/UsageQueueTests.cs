using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class UsageQueueTests
{
    [Fact]
    public void Full_DropsNewReports_AndCountsThem()
    {
        var queue = new UsageQueue(4);

        var taken = Enumerable.Range(0, 6).Count(number => queue.Record(UsageParts.Decided(UsageParts.Id(number))));

        Assert.Equal((4, 6L, 2L, 4L, true), (taken, queue.Offered, queue.Dropped, queue.Depth, queue.IsNearlyFull));
    }

    [Fact]
    public void DequeuedAndRequeued_IsKept_UpToTheCapacity()
    {
        var queue = new UsageQueue(4);
        Enumerable.Range(0, 4).ToList().ForEach(number => queue.Record(UsageParts.Decided(UsageParts.Id(number))));
        var parts = new List<UsageReport>();
        queue.TakeInto(parts, 3);
        Assert.Equal((3, 1L), (parts.Count, queue.Depth));
        queue.Record(UsageParts.Decided("new"));

        queue.PutBack(parts);

        Assert.Equal((4L, 1L), (queue.Depth, queue.Dropped));
    }

    [Fact]
    public void NearlyFull_DropsRefusalsOfUnauthenticatedCallers_AndHasRoomForOthers()
    {
        var queue = new UsageQueue(80);
        var strangers = Enumerable.Range(0, 100).Count(number => queue.Record(Refused(number, key: null)));
        Assert.Equal((70, 30L), (strangers, queue.Dropped));

        Assert.True(queue.Record(UsageParts.Decided("allowed")));
        Assert.True(queue.Record(UsageParts.Observed("allowed")));
        Assert.True(queue.Record(Refused(100, "key")));
        Assert.False(queue.Record(Refused(101, key: null)));
        Assert.Equal((73L, 31L), (queue.Depth, queue.Dropped));
    }

    /// <summary>The relief may have failed and paused since.</summary>
    [Fact]
    public async Task Full_RequestsSpooling_WithEachDroppedReport()
    {
        var queue = new UsageQueue(4);
        Enumerable.Range(0, 4).ToList().ForEach(number => queue.Record(UsageParts.Decided(UsageParts.Id(number))));
        Assert.True(await queue.WaitForPressureAsync(CancellationToken.None));
        var pressure = queue.WaitForPressureAsync(CancellationToken.None).AsTask();
        Assert.False(pressure.IsCompleted);

        Assert.False(queue.Record(UsageParts.Decided("dropped")));

        Assert.True(await pressure.WaitAsync(TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Closed_TakesNothingMore_AndNoCallerWaits()
    {
        var queue = new UsageQueue(4);
        queue.Record(UsageParts.Decided("d"));

        queue.Close();
        Assert.False(queue.Record(UsageParts.Decided("late")));
        await queue.WaitAsync(CancellationToken.None);
        var parts = new List<UsageReport>();
        queue.TakeInto(parts, 10);
        await queue.WaitAsync(CancellationToken.None);

        Assert.Equal("d", Assert.Single(parts).DecisionId);
        Assert.Equal((1L, 0L), (queue.Dropped, queue.Depth));
    }

    [Fact]
    public async Task ManyOffer_NothingIsLostAndAllIsCounted()
    {
        const int Each = 20_000;
        var queue = new UsageQueue(1000);
        using var done = new CancellationTokenSource();
        var taking = Task.Run(() =>
        {
            var taken = new List<UsageReport>();
            while (!done.IsCancellationRequested || queue.Depth > 0)
            {
                queue.TakeInto(taken, int.MaxValue);
            }

            return taken.Count;
        });

        var accepted = (
            await Task.WhenAll(
                Enumerable
                    .Range(0, 4)
                    .Select(_ => Task.Run(() => Enumerable.Range(0, Each).Count(_ => queue.Record(UsageParts.Decided("d")))))
            )
        ).Sum();
        await done.CancelAsync();

        Assert.Equal(accepted, await taking);
        Assert.Equal((4L * Each, (4L * Each) - accepted, 0L), (queue.Offered, queue.Dropped, queue.Depth));
    }

    private static UsageReport Refused(int number, string? key)
    {
        var part = UsageParts.Decided(UsageParts.Id(number));
        (part.KeyId, part.UserId, part.Decision) = (key, null, "deny");
        return part;
    }
}
