using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.WebSockets.Leases;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.WebSockets.Leases;

/// <summary>The lease of a request that is denied later is released.</summary>
public sealed class LeaseReleaserTests
{
    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);

    private readonly FakeTimeProvider _time = new(new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
    private readonly ScriptedLeases _leases = new();

    [Fact]
    public async Task Allowed_KeepsItsLease()
    {
        Assert.Equal(0, (await CheckAsync(new TestCall(), Steps.Mount(), Take())).Status.Code);

        Assert.Empty(_leases.Ended);
    }

    [Fact]
    public async Task LateAllow_ReleasesItsLease()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = CheckAsync(
            new TestCall(_time.GetUtcNow().UtcDateTime.AddMilliseconds(200)),
            Steps.Mount(),
            Steps.Do(
                async (_, _) =>
                {
                    await slow.Task;
                    return StepResult.Continue;
                }
            ),
            Take()
        );
        _time.Advance(TimeSpan.FromMilliseconds(200));
        Assert.NotEqual(0, (await pending.WaitAsync(_patience)).Status.Code);
        Assert.Empty(_leases.Ended);

        slow.SetResult();

        await UntilEndedAsync();
    }

    [Fact]
    public async Task CancelledCall_ReleasesItsLease()
    {
        var slow = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var pending = CheckAsync(
            new TestCall(cancellationToken: new CancellationToken(canceled: true)),
            Steps.Mount(),
            Take(),
            Steps.Do(
                async (_, _) =>
                {
                    await slow.Task;
                    return StepResult.Continue;
                }
            )
        );
        Assert.NotEqual(0, (await pending.WaitAsync(_patience)).Status.Code);

        slow.SetResult();

        await UntilEndedAsync();
    }

    [Fact]
    public async Task FaultAfterTheLease_ReleasesIt()
    {
        Assert.NotEqual(
            0,
            (await CheckAsync(new TestCall(), Steps.Mount(), Take(), Steps.Do((_, _) => throw new InvalidOperationException()))).Status.Code
        );

        await UntilEndedAsync();
    }

    [Fact]
    public async Task UnwritableAnswer_ReleasesTheLease()
    {
        // The writer rejects denials that are no HTTP error.
        Assert.NotEqual(
            0,
            (await CheckAsync(new TestCall(), Steps.Mount(), Take(), Steps.Answer(new Denial("odd", 200, "An OK that says no."))))
                .Status
                .Code
        );

        await UntilEndedAsync();
    }

    [Fact]
    public async Task RefusedWithoutALease_EndsNothing()
    {
        Assert.NotEqual(
            0,
            (await CheckAsync(new TestCall(), Steps.Mount(), Steps.Do((_, _) => throw new InvalidOperationException()))).Status.Code
        );

        Assert.Empty(_leases.Ended);
    }

    private static ICheckStep Take() =>
        Steps.Do(
            (context, _) =>
            {
                context.SocketLease = new(context.DecisionId, "ada");
                return new(StepResult.Continue);
            }
        );

    private async Task<CheckResponse> CheckAsync(TestCall call, params ICheckStep[] steps)
    {
        var question = new CheckRequest
        {
            Attributes = new()
            {
                Request = new()
                {
                    Http = new()
                    {
                        Method = "GET",
                        Path = "/",
                        Headers = { ["upgrade"] = "websocket" },
                    },
                },
            },
        };
        using var log = new MemoryStream();
        var service = Steps.Service(new(_time, log), _time, new LeaseReleaser(_leases), steps);
        return (await service.Check(CheckRequestReader.Read(question.ToByteArray()), call)).ToMessage();
    }

    private async Task UntilEndedAsync()
    {
        using var limit = new CancellationTokenSource(_patience);
        while (_leases.Ended.IsEmpty)
        {
            await Task.Delay(5, limit.Token);
        }

        Assert.Equal("ada", Assert.Single(_leases.Ended).Subject);
    }
}
