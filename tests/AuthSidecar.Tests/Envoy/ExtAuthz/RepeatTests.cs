using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using Envoy.Service.Auth.V3;
using Google.Protobuf.WellKnownTypes;
using static AuthSidecar.Tests.Envoy.ExtAuthz.RepeatFixture;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>A Check that Envoy repeats is one request, in one replica.</summary>
public sealed class RepeatTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    public static TheoryData<string> OtherMessages => new(Changes.Keys);

    private static Dictionary<string, Action<CheckRequest>> Changes { get; } =
        new()
        {
            ["another stream"] = request => request.Attributes.Request.Http.Id = "13478651974310235618",
            ["another nanosecond"] = request => request.Attributes.Request.Time.Nanos++,
            ["another port"] = request => request.Attributes.Source.Address.SocketAddress.PortValue++,
            ["another path"] = request => request.Attributes.Request.Http.Path = "/other",
            ["another policy"] = request => request.Attributes.ContextExtensions["policy"] = "other",
        };

    private static Dictionary<string, Action<CheckRequest>> Unreliable { get; } =
        new()
        {
            ["no stream"] = request => request.Attributes.Request.Http.Id = "",
            ["stream 0"] = request => request.Attributes.Request.Http.Id = "0",
            ["x-request-id as stream"] = request => request.Attributes.Request.Http.Id = "5d1e1e3c-7d7e-4c7a-9f07-7b1d6e0f3a52",
            ["number with a sign"] = request => request.Attributes.Request.Http.Id = "+17",
            ["number with a zero"] = request => request.Attributes.Request.Http.Id = "017",
            ["number with more"] = request => request.Attributes.Request.Http.Id = "17a",
            ["more than 64 bits"] = request => request.Attributes.Request.Http.Id = "18446744073709551616",
            ["no time"] = request => request.Attributes.Request.Time = null,
            ["time before 1970"] = request => request.Attributes.Request.Time = new Timestamp { Seconds = -1 },
            ["time in whole seconds"] = request => request.Attributes.Request.Time.Nanos = 0,
            ["nanoseconds beyond a second"] = request => request.Attributes.Request.Time.Nanos = 1_000_000_000,
            ["a clock that is an hour behind"] = request => request.Attributes.Request.Time.Seconds -= 3600,
            ["a clock that is an hour ahead"] = request => request.Attributes.Request.Time.Seconds += 3600,
        };

    public static TheoryData<string> UnreliableMessages => new(Unreliable.Keys);

    [Fact]
    public async Task Repeat_GetsTheSameAllowWithoutASecondDecision()
    {
        using var replica = new RepeatFixture(context =>
        {
            context.Limit = new(5, 4, TimeSpan.FromSeconds(9));
            return new(StepResult.Continue);
        });
        var request = replica.Request();

        var first = await replica.CheckAsync(request);
        var second = await replica.CheckAsync(request);

        Assert.Equal(first, second);
        Assert.Equal("allow", DecisionOf(second));
        Assert.Contains(second.OkResponse.ResponseHeadersToAdd, header => header.Header.Key == "ratelimit-remaining");
        Assert.Equal((1, 1, 1), (replica.Runs, replica.Lines().Count, replica.Reports().Count));
    }

    [Fact]
    public async Task Repeat_GetsTheSameDenialWithoutASecondDecision()
    {
        using var replica = new RepeatFixture(_ => new(Denials.RateLimited));
        var request = replica.Request();

        var first = await replica.CheckAsync(request);
        var second = await replica.CheckAsync(request);

        Assert.Equal(first, second);
        Assert.Equal("deny", DecisionOf(second));
        Assert.Equal((1, 1, 1), (replica.Runs, replica.Lines().Count, replica.Reports().Count));
    }

    [Theory]
    [MemberData(nameof(OtherMessages))]
    public async Task OtherMessage_IsDecidedAnewUnderAnotherId(string change)
    {
        using var replica = new RepeatFixture();

        var first = await replica.CheckAsync(replica.Request());
        var second = await replica.CheckAsync(replica.Request(change: Changes[change]));

        Assert.NotEqual(IdOf(first), IdOf(second));
        Assert.Equal((2, 2), (replica.Runs, replica.Lines().Count));
    }

    [Theory]
    [MemberData(nameof(UnreliableMessages))]
    public async Task MessageWithoutReliableFacts_IsDecidedEachTime(string change)
    {
        using var replica = new RepeatFixture();
        var request = replica.Request(change: Unreliable[change]);

        var first = await replica.CheckAsync(request);
        var second = await replica.CheckAsync(request);

        Assert.NotEqual(IdOf(first), IdOf(second));
        Assert.Equal((2, 2, 0), (replica.Runs, replica.Lines().Count, replica.Table.Count));
    }

    [Fact]
    public async Task EqualChecksAtOnce_AreDecidedOnce()
    {
        var decided = new TaskCompletionSource();
        using var replica = new RepeatFixture(async _ =>
        {
            await decided.Task;
            return StepResult.Continue;
        });
        var request = replica.Request();

        var pending = Enumerable.Range(0, 64).Select(_ => Task.Run(() => replica.CheckAsync(request))).ToList();
        await Eventually.TrueAsync(() => Task.FromResult(replica.Runs == 1), "a step runs");
        decided.SetResult();
        var answers = await Task.WhenAll(pending).WaitAsync(_patience);

        Assert.Single(answers.Distinct());
        Assert.All(answers, answer => Assert.Equal("allow", DecisionOf(answer)));
        Assert.Equal((1, 1, 1), (replica.Runs, replica.Lines().Count, replica.Reports().Count));
    }

    [Fact]
    public async Task FirstCallIsCancelled_ItsDecisionGoesOnForTheRepeat()
    {
        var decided = new TaskCompletionSource();
        using var left = new CancellationTokenSource();
        using var replica = new RepeatFixture(async _ =>
        {
            await decided.Task;
            return StepResult.Continue;
        });
        var request = replica.Request();

        var first = replica.CheckAsync(request, replica.Call(left.Token));
        await left.CancelAsync();
        Assert.Equal("deny", DecisionOf(await first.WaitAsync(_patience)));
        Assert.Empty(replica.Lines());
        var second = replica.CheckAsync(request, replica.Call());
        decided.SetResult();
        var answer = await second.WaitAsync(_patience);

        Assert.Equal("allow", DecisionOf(answer));
        Assert.Equal([$"{IdOf(answer)} allow"], replica.Lines());
        Assert.Equal((1, 0, 1), (replica.Runs, replica.Releases, replica.Reports().Count));
    }

    [Fact]
    public async Task FirstCallWasCancelledBeforeItsDecision_TheRepeatTakesIt()
    {
        using var replica = new RepeatFixture(async context =>
        {
            context.ReservedMicros = 1;
            await Task.CompletedTask;
            return StepResult.Continue;
        });
        var request = replica.Request();

        var first = await replica.CheckAsync(request, replica.Call(new(canceled: true))).WaitAsync(_patience);
        var second = await replica.CheckAsync(request, replica.Call()).WaitAsync(_patience);

        Assert.Equal(("deny", "allow"), (DecisionOf(first), DecisionOf(second)));
        Assert.Equal([$"{IdOf(second)} allow"], replica.Lines());
        Assert.Equal((1, 0), (replica.Runs, replica.Releases));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task CancelledCallIsNotRepeated_IsDeniedAndReleased(bool isDecided)
    {
        var decided = new TaskCompletionSource();
        using var replica = new RepeatFixture(async _ =>
        {
            await decided.Task;
            return StepResult.Continue;
        });
        var request = replica.Request();
        await replica.CheckAsync(request, replica.Call(new(canceled: true))).WaitAsync(_patience);
        if (isDecided)
        {
            decided.SetResult();
        }

        Assert.Empty(replica.Lines());
        await Eventually.TrueAsync(
            () =>
            {
                replica.Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(replica.Lines().Count == 1);
            },
            "the decision ends"
        );
        decided.TrySetResult();
        await Eventually.TrueAsync(() => Task.FromResult(replica.Releases > 0), "its resources are released");

        var report = Assert.Single(replica.Reports());
        Assert.Equal([$"{report.DecisionId} deny internal_error"], replica.Lines());
        Assert.True(report.Facts.HasFlag(UsageFacts.Abandoned));
    }

    [Fact]
    public async Task RepeatComesAfterTheDenialOfACancelledCall_GetsTheDenial()
    {
        using var replica = new RepeatFixture(_ => new(new TaskCompletionSource<StepResult>().Task));
        var request = replica.Request();
        await replica.CheckAsync(request, replica.Call(new(canceled: true))).WaitAsync(_patience);
        await Eventually.TrueAsync(
            () =>
            {
                replica.Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(replica.Lines().Count == 1);
            },
            "the decision ends"
        );

        Assert.Equal("deny", DecisionOf(await replica.CheckAsync(request, replica.Call()).WaitAsync(_patience)));
        Assert.Equal((1, 1), (replica.Runs, replica.Lines().Count));
    }

    [Fact]
    public async Task DeadlineOfTheRepeatIsLater_TheDecisionMayTakeAsLong()
    {
        var decided = new TaskCompletionSource();
        using var replica = new RepeatFixture(async _ =>
        {
            await decided.Task;
            return StepResult.Continue;
        });
        var request = replica.Request();
        var first = replica.CheckAsync(request, replica.Call());
        replica.Time.Advance(TimeSpan.FromMilliseconds(600));
        var second = replica.CheckAsync(request, replica.Call());
        replica.Time.Advance(TimeSpan.FromMilliseconds(500));
        await Task.Yield();
        decided.SetResult();

        Assert.Equal("allow", DecisionOf(await second.WaitAsync(_patience)));
        Assert.Equal("allow", DecisionOf(await first.WaitAsync(_patience)));
        Assert.Single(replica.Lines());
    }

    [Fact]
    public async Task DeadlinesOfAllAttemptsPass_TheDenialIsLoggedOnce()
    {
        using var left = new CancellationTokenSource();
        using var replica = new RepeatFixture(context =>
        {
            context.TimeoutDenial = Denials.StoreUnavailable;
            return new(new TaskCompletionSource<StepResult>().Task);
        });
        var request = replica.Request();
        var first = replica.CheckAsync(request, replica.Call(left.Token));
        await left.CancelAsync();
        await first.WaitAsync(_patience);
        var second = replica.CheckAsync(request, replica.Call());
        await Eventually.TrueAsync(
            () =>
            {
                replica.Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(second.IsCompleted);
            },
            "the repeat is answered"
        );

        Assert.Equal("store_unavailable", (await second).DynamicMetadata.Fields["reason"].StringValue);
        Assert.Equal([$"{IdOf(await second)} deny store_unavailable"], replica.Lines());
    }

    [Fact]
    public async Task TwoSecondsLater_IsDecidedAnew()
    {
        using var replica = new RepeatFixture();
        var request = replica.Request();

        await replica.CheckAsync(request);
        replica.Time.Advance(RepeatTable.Memory - TimeSpan.FromTicks(1));
        await replica.CheckAsync(request);
        Assert.Equal(1, replica.Runs);
        replica.Time.Advance(TimeSpan.FromTicks(1));
        await replica.CheckAsync(request);

        Assert.Equal(2, replica.Runs);
    }

    [Fact]
    public async Task NoFurtherRequestComes_TheAnswersAreForgotten()
    {
        using var replica = new RepeatFixture();
        await replica.CheckAsync(replica.Request());
        Assert.Equal(1, replica.Table.Count);

        replica.Time.Advance(2 * RepeatTable.Memory);

        Assert.Equal(0, replica.Table.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task ManyRequests_OnlyTheLatestAreRemembered(bool isAllowed)
    {
        using var replica = new RepeatFixture(_ => isAllowed ? new(StepResult.Continue) : new(Denials.RateLimited));
        for (var stream = 1; stream <= 100_000; stream++)
        {
            await replica.CheckAsync(replica.Request($"{stream}"));
        }

        Assert.InRange(replica.Table.Count, 1_000, 16_384);
        await replica.CheckAsync(replica.Request("100000"));
        Assert.Equal(100_000, replica.Runs);
        await replica.CheckAsync(replica.Request("1"));
        Assert.Equal(100_001, replica.Runs);
    }

    [Fact]
    public async Task Replicas_GiveOneRequestOneIdThatBeginsWithItsTime()
    {
        using var one = new RepeatFixture();
        using var two = new RepeatFixture();
        using var other = new RepeatFixture(pepper: "another pepper");
        var request = one.Request();

        var id = IdOf(await one.CheckAsync(request));

        Assert.Equal(id, IdOf(await two.CheckAsync(request)));
        Assert.NotEqual(id, IdOf(await other.CheckAsync(request)));
        Assert.Equal($"{one.Time.GetUtcNow().ToUnixTimeMilliseconds():x12}", id[..12]);
        Assert.Matches("^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$", id);
    }

    [Fact]
    public void PreparedAnswer_IsMadeAgainWithTheSameIdAndLimit()
    {
        var (first, second) = (new string('1', 32), new string('2', 32));
        var mac = Steps.Macs.For(new(first, "allow", "key", "", "policy"));
        var message = new CheckResponse
        {
            Status = new(),
            OkResponse = new(),
            DynamicMetadata = new() { Fields = { ["decision_id"] = Value.ForString(first), ["mac"] = Value.ForString(mac.Text(first)) } },
        };
        var answer = new CheckAnswer(new PreparedAnswer(message, first, mac), second, new(5, 4, TimeSpan.FromSeconds(9)));
        using var table = new RepeatTable(TimeProvider.System);
        var key = RepeatKey.Of(17, 1, [1, 2, 3]);

        Assert.Null(table.Begin(key));
        table.Finish(key, answer);

        var repeated = table.Begin(key)!.Answer(second).ToMessage();
        Assert.Equal(answer.ToMessage(), repeated);
        Assert.Equal((second, 3), (IdOf(repeated), repeated.OkResponse.ResponseHeadersToAdd.Count));
    }

    [Fact]
    public void AbandonedCheck_YieldsToTheDecisionOfTheRepeat()
    {
        UsageReport allowed = new()
        {
            DecisionId = "d",
            Decision = "allow",
            Facts = UsageFacts.Decided,
        };
        UsageReport abandoned = new()
        {
            DecisionId = "d",
            Decision = "deny",
            Reason = "internal_error",
            Facts = UsageFacts.Abandoned,
        };
        UsageReport logged = new()
        {
            DecisionId = "d",
            Status = 200,
            Facts = UsageFacts.Logged | UsageFacts.Ended,
        };
        UsageReport[][] orders =
        [
            [allowed, abandoned, logged, abandoned],
            [abandoned, allowed, logged],
            [logged, abandoned, allowed, abandoned],
            [abandoned, logged, abandoned, allowed],
        ];

        foreach (var order in orders)
        {
            var row = order.Aggregate((UsageRow?)null, UsageMerge.Add);
            Assert.Equal(("allow", null), (row!.Decision, row.Reason));
        }
    }
}
