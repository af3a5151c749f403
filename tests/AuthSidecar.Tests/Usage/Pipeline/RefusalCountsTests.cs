using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Pipeline;

/// <summary>
/// Denials of unauthenticated callers beyond the limit per minute are one row per policy and reason, and none is lost.
/// </summary>
public sealed class RefusalCountsTests : IDisposable
{
    private static readonly RefusedRequest _keyless = new("openai", "openai", "deny", "missing_credential", 401);
    private static readonly RefusedRequest _stray = new(null, null, "deny", "no_policy", 403);

    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly UsageQueue _queue = new(4);
    private readonly RefusalCounts _counts;

    public RefusalCountsTests() => _counts = new(_queue, new() { RefusalRowsPerMinute = 2 }, _time);

    public void Dispose() => _counts.Dispose();

    [Fact]
    public void FirstOfAMinute_HaveRowsOfTheirOwn()
    {
        Assert.Equal([true, true, false, false], Enumerable.Range(0, 4).Select(_ => _counts.TryTakeRow()));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => _counts.TryTakeRow()));
    }

    [Fact]
    public void UnknownCallers_DoNotUseUpTheRowsOfKnownOnes()
    {
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => _counts.TryTakeRow()));
        Assert.Equal([true, true, false], Enumerable.Range(0, 3).Select(_ => _counts.TryTakeRow(isNamed: true)));
    }

    [Fact]
    public void None_WhereNoneAreWanted()
    {
        using var counts = new RefusalCounts(_queue, new() { RefusalRowsPerMinute = 0 }, _time);

        Assert.False(counts.TryTakeRow());
    }

    [Fact]
    public void Others_AreOneRowOfTheirPolicyReasonAndMinute_WhoseNumberGrows()
    {
        Add(_keyless, 3);
        Add(_stray, 1);
        _counts.Flush();
        var first = Reports();
        Add(_keyless, 4);
        _counts.Flush();
        var second = Reports();

        Assert.Equal([("missing_credential", 3L), ("no_policy", 1L)], first.Select(part => (part.Reason!, part.Requests!.Value)).Order());
        var grown = Assert.Single(second);
        var before = first.Single(part => part.Reason == "missing_credential");
        Assert.Equal(
            (before.DecisionId, 7L, "openai", "openai", "deny", 401),
            (grown.DecisionId, grown.Requests!.Value, grown.Policy, grown.Provider, grown.Decision, grown.Status)
        );
        Assert.Equal((new(2026, 1, 2, 3, 4, 0, TimeSpan.Zero), null, null, null), (grown.Time, grown.Path, grown.Client, grown.KeyId));
        Assert.Equal(7, UsageMerge.Add(UsageMerge.Add(null, grown), before).Requests);
        Assert.Empty(FlushAndTake());
    }

    [Fact]
    public void NextMinute_IsAnotherRow()
    {
        Add(_keyless, 3);
        _time.Advance(TimeSpan.FromMinutes(1));
        Add(_keyless, 2);

        var parts = FlushAndTake();

        Assert.Equal([3L, 2L], parts.OrderBy(part => part.Time).Select(part => part.Requests!.Value));
        Assert.Equal(2, parts.Select(part => part.DecisionId).Distinct().Count());
    }

    [Fact]
    public void FullQueue_IsReportedLater_AndLosesNone()
    {
        while (_queue.TryRecord(new() { DecisionId = "d" })) { }

        Add(_keyless, 3);
        Assert.Equal(1, _counts.Flush());
        _time.Advance(TimeSpan.FromMinutes(5));
        Add(_keyless, 1);
        Assert.Equal(2, _counts.Flush());
        Reports();

        Assert.Equal([1L, 3L], FlushAndTake().Select(part => part.Requests!.Value).Order());
        Assert.Equal(0, _queue.Dropped);
    }

    [Fact]
    public async Task Stop_SettlesTheRest_AndLaterRows()
    {
        await _counts.StartAsync(CancellationToken.None);
        Add(_keyless, 3);
        await _counts.StopAsync(CancellationToken.None);

        Assert.Equal(3, Assert.Single(Reports()).Requests);
        Assert.True(Enumerable.Range(0, 10).All(_ => _counts.TryTakeRow()));
        Add(_keyless, 1);
        Assert.Equal(4, Assert.Single(Reports()).Requests);
    }

    [Fact]
    public async Task Running_SettlesByItself()
    {
        using var counts = new RefusalCounts(_queue, new() { RefusalRowsPerMinute = 0 }, TimeProvider.System);
        await counts.StartAsync(CancellationToken.None);

        counts.Add(_keyless);

        Assert.True(SpinWait.SpinUntil(() => _queue.Depth == 1, TimeSpan.FromSeconds(20)));
        await counts.StopAsync(CancellationToken.None);
    }

    private void Add(RefusedRequest refusal, int times)
    {
        for (var time = 0; time < times; time++)
        {
            _counts.Add(refusal);
        }
    }

    private List<UsageReport> FlushAndTake()
    {
        _counts.Flush();
        return Reports();
    }

    private List<UsageReport> Reports()
    {
        var parts = new List<UsageReport>();
        _queue.TakeInto(parts, 100);
        return parts;
    }
}
