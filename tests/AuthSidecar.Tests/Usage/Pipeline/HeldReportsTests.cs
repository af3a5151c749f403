using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Usage.Pipeline;

public sealed class HeldReportsTests
{
    private static readonly long _longest = Ticks(HeldReports.Longest);
    private readonly HeldReports _held = new(TimeProvider.System, mostRequests: 100);
    private long _now = Ticks(TimeSpan.FromHours(1));

    [Fact]
    public void WithoutReportsOfEnds_ADecisionWaitsForOthersOnly()
    {
        Add(UsageParts.Decided("a"));

        Assert.False(_held.IsDue(_now));
        Assert.Equal(["a"], Take());
    }

    [Fact]
    public void ReportsOfARequest_MeetInMemory_AndAreTakenTogether()
    {
        SeeEnds();
        Add(UsageParts.Decided("a"));
        Add(UsageParts.Observed("a"));
        Assert.Empty(Take());
        Assert.Equal(2, _held.Count);

        Add(UsageParts.Logged("a"));

        Assert.False(_held.IsDue(_now));
        Assert.Equal(["a", "a", "a"], Take());
        Assert.Equal((0, null), (_held.Count, _held.Oldest));
    }

    [Fact]
    public void DecisionWithoutItsEnd_IsTakenWithinASecond()
    {
        SeeEnds();
        Add(UsageParts.Decided("a"));
        Assert.Equal(_now, _held.Oldest);
        _now += _longest - 1;
        Assert.False(_held.IsDue(_now));

        _now++;

        Assert.True(_held.IsDue(_now));
        Assert.Equal(["a"], Take());
    }

    [Fact]
    public void WhatIsReady_IsDueWhenTheFirstReportOfItsRequestIsOld()
    {
        SeeEnds();
        Add(UsageParts.Decided("a"));
        _now += _longest / 2;
        Add(UsageParts.Logged("a"), UsageParts.Observed("a"));
        Assert.False(_held.IsDue(_now));

        _now += (_longest / 2) + 1;

        Assert.True(_held.IsDue(_now));
    }

    [Fact]
    public void EndOfAReservation_IsDueAtOnce()
    {
        SeeEnds();
        var reserved = UsageParts.Decided("a");
        reserved.ReservedMicros = 1;
        Add(reserved);
        Assert.False(_held.IsDue(_now));

        Add(UsageParts.Observed("a"));

        Assert.True(_held.IsDue(_now));
        Assert.Equal(["a", "a"], Take());
    }

    [Fact]
    public void EndWhoseDecisionIsNotHeld_IsDueAtOnce_BecauseItMayHaveAReservation()
    {
        Add(UsageParts.Logged("a"));

        Assert.True(_held.IsDue(_now));
        Assert.Equal(["a"], Take());
        Assert.False(_held.IsDue(_now));
    }

    [Fact]
    public void Denial_AwaitsTheAccessLogAlone_AndWithAReservationNothing()
    {
        SeeEnds();
        Add(Denied("a", reserved: null));
        Assert.Empty(Take());
        Add(UsageParts.Logged("a"));
        Assert.Equal(["a", "a"], Take());

        Add(Denied("b", reserved: 1));

        Assert.True(_held.IsDue(_now));
        Assert.Equal(["b"], Take());
    }

    [Fact]
    public void SourceThatIsSilentForTenSeconds_IsNotAwaited()
    {
        SeeEnds();
        _now += Ticks(TimeSpan.FromSeconds(9));
        SeeEnds(observed: false);
        _now += Ticks(TimeSpan.FromSeconds(1));

        Add(UsageParts.Decided("a"));
        Add(UsageParts.Logged("a"));

        Assert.Equal(["a", "a"], Take());
    }

    [Fact]
    public void MoreRequestsThanTheBound_AreDueAtOnce()
    {
        SeeEnds();
        Add([.. Enumerable.Range(0, 101).Select(number => UsageParts.Decided(UsageParts.Id(number)))]);

        Assert.True(_held.IsDue(_now));
        Assert.Equal(UsageParts.Id(0), Take()[0]);
        Assert.Equal(100, _held.Count);
    }

    [Fact]
    public void All_IsAll()
    {
        SeeEnds();
        Add(UsageParts.Decided("a"), UsageParts.Decided("b"), UsageParts.Observed("b"), UsageParts.Decided("a"));
        var batch = new List<UsageReport>();

        _held.TakeAll(batch);

        Assert.Equal((4, 0, null), (batch.Count, _held.Count, _held.Oldest));
    }

    private static long Ticks(TimeSpan time) => (long)(time.TotalSeconds * TimeProvider.System.TimestampFrequency);

    private static UsageReport Denied(string id, long? reserved)
    {
        var denied = UsageParts.Decided(id);
        (denied.Decision, denied.ReservedMicros) = ("deny", reserved);
        return denied;
    }

    private void SeeEnds(bool observed = true)
    {
        Add([UsageParts.Logged("seen"), .. observed ? new[] { UsageParts.Observed("seen") } : []]);
        Take();
    }

    private void Add(params UsageReport[] reports) => _held.Add([.. reports], _now);

    private List<string> Take()
    {
        var batch = new List<UsageReport>();
        _held.TakeDue(batch, _now);
        return [.. batch.Select(report => report.DecisionId)];
    }
}
