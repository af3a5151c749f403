using System.Buffers;
using System.Text;
using System.Text.Json;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

public sealed class CheckServiceTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly MemoryStream _log = new();

    [Fact]
    public async Task EveryStepContinues_AllowsTheMountedCaller()
    {
        var answer = await CheckAsync(Steps.Mount());

        Assert.Equal(0, answer.Status.Code);
        Assert.Equal(CheckResponse.HttpResponseOneofCase.OkResponse, answer.HttpResponseCase);
        Assert.Equal("allow", answer.DynamicMetadata.Fields["decision"].StringValue);
    }

    [Fact]
    public async Task RequestThatCannotBeRead_Refuses()
    {
        using var broken = new BrokenMemory();
        var request = CheckRequestReader.Read(new ReadOnlySequence<byte>(broken.Memory));

        AssertFault((await Steps.Service(new(_time, _log), _time, Steps.Mount()).Check(request, new TestCall())).ToMessage());
        Assert.Contains("\"reason\":\"internal_error\"", Encoding.UTF8.GetString(_log.ToArray()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NoSteps_Refuses() => AssertFault(await CheckAsync());

    [Fact]
    public async Task StepThrows_Refuses() =>
        AssertFault(await CheckAsync(Steps.Mount(), Steps.Do((_, _) => throw new InvalidOperationException("secret text"))));

    [Fact]
    public async Task StepFailsLater_Refuses() =>
        AssertFault(
            await CheckAsync(
                Steps.Mount(),
                Steps.Do(
                    async (_, _) =>
                    {
                        await Task.Yield();
                        throw new InvalidOperationException("secret text");
                    }
                )
            )
        );

    [Fact]
    public async Task StepReturnsTheDefault_Refuses() => AssertFault(await CheckAsync(Steps.Mount(), Steps.Answer(default)));

    [Fact]
    public async Task CallerWasNeverMounted_Refuses() =>
        AssertFault(
            await CheckAsync(
                Steps.Do(
                    (context, _) =>
                    {
                        context.Policy = Steps.Policy;
                        return new(StepResult.Continue);
                    }
                )
            )
        );

    [Fact]
    public async Task CallIsCancelledWhileAStepWaits_Refuses() =>
        AssertFault(
            await CheckAsync(
                new TestCall(cancellationToken: new CancellationToken(canceled: true)),
                new CheckRequest(),
                Steps.Mount(),
                Steps.Do((_, _) => new(new TaskCompletionSource<StepResult>().Task))
            )
        );

    [Fact]
    public async Task DeadlineIsNear_RefusesBeforeItPasses()
    {
        var never = new TaskCompletionSource<StepResult>();
        var call = new TestCall(_time.GetUtcNow().UtcDateTime.AddMilliseconds(200));

        var pending = CheckAsync(call, new CheckRequest(), Steps.Mount(), Steps.Do((_, _) => new(never.Task)));
        _time.Advance(TimeSpan.FromMilliseconds(160));
        Assert.False(pending.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(15));

        AssertFault(await pending.WaitAsync(TimeSpan.FromSeconds(5)));
    }

    [Fact]
    public async Task DeadlineHasPassed_Refuses()
    {
        var call = new TestCall(_time.GetUtcNow().UtcDateTime.AddSeconds(-1));

        AssertFault(
            await CheckAsync(call, new CheckRequest(), Steps.Mount(), Steps.Do((_, _) => new(new TaskCompletionSource<StepResult>().Task)))
        );
    }

    [Fact]
    public async Task StepsGoOnAfterTheyWereGivenUp_TheRefusalIsWhatWasKnownThen()
    {
        var answered = new TaskCompletionSource();
        var late = new TaskCompletionSource();
        var call = new TestCall(_time.GetUtcNow().UtcDateTime.AddMilliseconds(200));
        var pending = CheckAsync(
            call,
            new CheckRequest(),
            Steps.Do(
                async (context, _) =>
                {
                    context.Policy = Steps.Policy;
                    context.Shadow(Denials.RateLimited);
                    await answered.Task;
                    context.Identity = Steps.Identity;
                    context.Detail = "too late";
                    context.Shadow(Denials.BudgetExceeded);
                    late.SetResult();
                    return StepResult.Continue;
                }
            )
        );
        _time.Advance(TimeSpan.FromMilliseconds(175));
        var answer = await pending.WaitAsync(TimeSpan.FromSeconds(5));
        answered.SetResult();
        await late.Task.WaitAsync(TimeSpan.FromSeconds(5));

        AssertFault(answer);
        Assert.Equal(
            ("test", ""),
            (answer.DynamicMetadata.Fields["policy"].StringValue, answer.DynamicMetadata.Fields["subject"].StringValue)
        );
        using var line = JsonDocument.Parse(_log.ToArray());
        Assert.Equal("rate_limited", line.RootElement.GetProperty("shadowed").GetString());
    }

    [Fact]
    public void FrozenFacts_StayWhatTheyWere()
    {
        var context = new CheckContext(Nothing, "0") { Policy = Steps.Policy, Detail = "before" };
        context.Shadow(Denials.RateLimited);

        var frozen = context.Frozen();
        context.Shadow(Denials.BudgetExceeded);
        context.Identity = Steps.Identity;
        context.Detail = "after";

        Assert.Equal(("before", null, "rate_limited"), (frozen.Detail, frozen.Identity, frozen.Shadowed.Single().Reason));
        Assert.Same(Steps.Policy, frozen.ChosenPolicy);
    }

    [Fact]
    public async Task RefusalWithoutAnHttpErrorStatus_BecomesAFault() =>
        AssertFault(await CheckAsync(Steps.Answer(new Denial("odd", 200, "An OK that says no."))));

    [Fact]
    public async Task EveryDenialOfTheCatalogue_IsAnHttpErrorWithItsReasonAndAllFactsUnderAMac()
    {
        foreach (var denial in Denials.All)
        {
            var answer = await CheckAsync(Steps.Answer(denial));

            Assert.NotEqual(0, answer.Status.Code);
            Assert.Equal(CheckResponse.HttpResponseOneofCase.DeniedResponse, answer.HttpResponseCase);
            Assert.InRange((int)answer.DeniedResponse.Status.Code, 400, 599);
            Assert.Equal(denial.Status, (int)answer.DeniedResponse.Status.Code);
            Assert.Equal(
                ["auth_mode", "decision", "decision_id", "key_id", "mac", "policy", "reason", "subject"],
                answer.DynamicMetadata.Fields.Keys.Order(StringComparer.Ordinal)
            );
            Assert.Equal(denial.Reason, answer.DynamicMetadata.Fields["reason"].StringValue);
        }
    }

    [Fact]
    public async Task EveryAnswer_IsLoggedOnceUnderItsDecisionId()
    {
        var allowed = await CheckAsync(Steps.Mount());
        var refused = await CheckAsync(Steps.Answer(Denials.NoPolicy));

        var lines = Encoding
            .UTF8.GetString(_log.ToArray())
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal(
            [(Id(allowed), "allow"), (Id(refused), "deny")],
            lines.Select(line => (line.GetProperty("decision_id").GetString()!, line.GetProperty("decision").GetString()!))
        );
    }

    [Fact]
    public async Task UnwritableLog_IsAlarmedOnce_StopsNoRequest_AndNothingIsLost()
    {
        using var broken = new FullDisk();
        await using var alarm = new StringWriter();
        var service = Steps.Service(new(TimeProvider.System, broken, alarm), _time, Steps.Mount());

        var answers = new[] { await service.Check(Nothing, new TestCall()), await service.Check(Nothing, new TestCall()) };
        Assert.True(SpinWait.SpinUntil(() => alarm.ToString().Length > 0, TimeSpan.FromSeconds(20)));
        broken.IsFull = false;
        await service.Check(Nothing, new TestCall());

        Assert.All(answers, answer => Assert.Equal(0, answer.ToMessage().Status.Code));
        Assert.True(SpinWait.SpinUntil(() => alarm.ToString().Contains("restored", StringComparison.Ordinal), TimeSpan.FromSeconds(20)));
        Assert.Matches(
            @"^Log output blocked: No space left on device\. Lines wait in memory; lines that do not fit are dropped and counted in authsidecar_log_dropped_total\.\nLog output restored after .*\n$",
            alarm.ToString()
        );
        Assert.Equal(3, Encoding.UTF8.GetString(broken.ToArray()).Split("decision_id").Length - 1);
    }

    public void Dispose() => _log.Dispose();

    private static string Id(CheckResponse answer) => answer.DynamicMetadata.Fields["decision_id"].StringValue;

    private static void AssertFault(CheckResponse answer)
    {
        Assert.NotEqual(0, answer.Status.Code);
        Assert.Equal(503, (int)answer.DeniedResponse.Status.Code);
        Assert.Contains(answer.DeniedResponse.Headers, header => header.Header is { Key: "retry-after" });
        Assert.Equal("internal_error", answer.DynamicMetadata.Fields["reason"].StringValue);
        Assert.DoesNotContain("secret text", answer.ToString(), StringComparison.Ordinal);
    }

    private static InboundRequest Nothing => CheckRequestReader.Read(ReadOnlySpan<byte>.Empty);

    private Task<CheckResponse> CheckAsync(params ICheckStep[] steps) => CheckAsync(new TestCall(), new CheckRequest(), steps);

    private async Task<CheckResponse> CheckAsync(TestCall call, CheckRequest request, params ICheckStep[] steps)
    {
        var service = Steps.Service(new(_time, _log), _time, steps);
        return (await service.Check(CheckRequestReader.Read(request.ToByteArray()), call)).ToMessage();
    }

    private sealed class BrokenMemory : MemoryManager<byte>
    {
        public override Memory<byte> Memory => CreateMemory(1);

        public override Span<byte> GetSpan() => throw new InvalidOperationException("secret text");

        public override MemoryHandle Pin(int elementIndex = 0) => throw new NotSupportedException();

        public override void Unpin() { }

        protected override void Dispose(bool disposing) { }
    }

    private sealed class FullDisk : MemoryStream
    {
        public bool IsFull { get; set; } = true;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            if (IsFull)
            {
                throw new IOException("No space left on device");
            }

            base.Write(buffer);
        }
    }
}
