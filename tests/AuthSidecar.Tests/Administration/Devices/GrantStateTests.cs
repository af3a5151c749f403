using AuthSidecar.Administration.Devices;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Devices;

/// <summary>Random sequences of transitions, and the life of a grant after a decision.</summary>
public class GrantStateTests
{
    private const int Steps = 200;
    private static readonly DateTimeOffset _start = new(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);
    private static readonly GrantStatus[] _final = [GrantStatus.Denied, GrantStatus.Consumed, GrantStatus.Expired];

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 50)];

    private enum Step
    {
        Poll,
        Approve,
        Deny,
        Expire,
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public void AnySequence_KeepsTheRules(int seed)
    {
        var random = new Random(seed);
        var now = _start;
        var state = GrantState.Start(now);
        var (tokens, denials) = (0, 0);
        DateTimeOffset? lastPoll = null;
        for (var step = 0; step < Steps; step++)
        {
            now += TimeSpan.FromMilliseconds(random.Next(4) == 0 ? random.Next(400_000) : random.Next(8_000));
            var before = state;
            switch ((Step)random.Next(4))
            {
                case Step.Approve:
                    Check(before.Approve(now), GrantStatus.Approved, TimeSpan.FromSeconds(60));
                    break;
                case Step.Deny:
                    Check(before.Deny(now), GrantStatus.Denied, TimeSpan.FromSeconds(1));
                    break;
                case Step.Expire:
                    var expired = before.Expire(now);
                    Assert.Equal(
                        before.Status is GrantStatus.Pending or GrantStatus.Approved && before.ExpiresAt <= now,
                        expired is not null
                    );
                    Assert.Equal(GrantStatus.Expired, expired?.Status ?? GrantStatus.Expired);
                    state = expired ?? before;
                    break;
                default:
                    Poll();
                    break;
            }

            if (_final.Contains(before.Status))
            {
                Assert.Equal(before.Status, state.Status);
                Assert.Equal(before.ExpiresAt, state.ExpiresAt);
            }

            Assert.True(state.ExpiresAt >= before.ExpiresAt);
        }

        Assert.True(tokens + denials <= 1, $"{tokens} tokens and {denials} denials");

        void Check(GrantState? decided, GrantStatus status, TimeSpan least)
        {
            Assert.Equal(state is { Status: GrantStatus.Pending } && state.ExpiresAt > now, decided is not null);
            if (decided is { } next)
            {
                Assert.Equal(status, next.Status);
                Assert.Equal(state.ExpiresAt > now + least ? state.ExpiresAt : now + least, next.ExpiresAt);
                state = next;
            }
        }

        void Poll()
        {
            var (polled, isTooSoon) = state.Poll(now);
            Assert.Equal(now, polled.LastPollAt);
            Assert.Equal(state with { LastPollAt = now }, polled);
            Assert.Equal(lastPoll is { } last && now - last < TimeSpan.FromSeconds(5), isTooSoon);
            lastPoll = now;
            state = polled;
            if (isTooSoon)
            {
                return;
            }

            var (next, answer) = polled.Answer(now);
            var isLive = polled.ExpiresAt > now;
            Assert.Equal(answer == CollectedKind.Pending, polled.Status == GrantStatus.Pending && isLive);
            Assert.Equal(answer == CollectedKind.Token, polled.Status == GrantStatus.Approved && isLive);
            Assert.NotEqual(CollectedKind.SlowDown, answer);
            tokens += answer == CollectedKind.Token ? 1 : 0;
            denials += answer == CollectedKind.Denied ? 1 : 0;
            state = next;
        }
    }

    [Fact]
    public void Sequences_ReachEveryState()
    {
        var approved = GrantState.Start(_start).Approve(_start)!.Value;
        var denied = GrantState.Start(_start).Deny(_start)!.Value;

        Assert.Equal(CollectedKind.Token, approved.Answer(_start).Answer);
        Assert.Equal(CollectedKind.Denied, denied.Answer(_start).Answer);
        Assert.Equal(CollectedKind.Expired, denied.Answer(_start).Next.Answer(_start).Answer);
        Assert.Equal(CollectedKind.Expired, approved.Answer(_start).Next.Answer(_start).Answer);
        Assert.Equal(CollectedKind.Pending, GrantState.Start(_start).Answer(_start).Answer);
    }

    [Fact]
    public void FirstPoll_IsNeverTooSoon() => Assert.False(GrantState.Start(_start).Poll(_start).IsTooSoon);

    [Theory]
    [InlineData(4_999, true)]
    [InlineData(5_000, false)]
    public void Interval_CountsFromThePreviousPollWhateverItsAnswer(int milliseconds, bool isTooSoon)
    {
        var (polled, _) = GrantState.Start(_start).Poll(_start);
        var (again, _) = polled.Poll(_start.AddSeconds(1));

        Assert.Equal(isTooSoon, again.Poll(_start.AddSeconds(1).AddMilliseconds(milliseconds)).IsTooSoon);
    }

    [Theory]
    [InlineData(0, 900, 900)]
    [InlineData(839, 900, 900)]
    [InlineData(850, 910, 900)]
    [InlineData(899.5, 959.5, 900.5)]
    public void Decision_LeavesTimeToCollect(double at, double afterApproval, double afterDenial)
    {
        var now = _start.AddSeconds(at);

        Assert.Equal(_start.AddSeconds(afterApproval), GrantState.Start(_start).Approve(now)?.ExpiresAt);
        Assert.Equal(_start.AddSeconds(afterDenial), GrantState.Start(_start).Deny(now)?.ExpiresAt);
    }

    [Fact]
    public void AfterItsLife_NothingIsDecided()
    {
        var end = _start + GrantState.Lifetime;

        Assert.Null(GrantState.Start(_start).Approve(end));
        Assert.Null(GrantState.Start(_start).Deny(end));
        Assert.Equal(CollectedKind.Expired, GrantState.Start(_start).Answer(end).Answer);
        Assert.NotNull(GrantState.Start(_start).Approve(end.AddTicks(-1)));
    }
}
