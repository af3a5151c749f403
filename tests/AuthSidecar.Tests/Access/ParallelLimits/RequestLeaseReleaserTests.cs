using AuthSidecar.Access.ParallelLimits;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.TestSupport;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Access.ParallelLimits;

/// <summary>The lease of a request that is denied later is released; an allowed one is in the metadata.</summary>
public sealed class RequestLeaseReleaserTests
{
    private readonly ScriptedRequestLeases _leases = new();

    [Fact]
    public async Task Allowed_KeepsItsLease_AndTheAnswerNamesIt()
    {
        var answer = await CheckAsync(new TestCall(), Steps.Mount(), Take());

        Assert.Equal(0, answer.Status.Code);
        Assert.Equal("counted", answer.DynamicMetadata.Fields["parallel"].StringValue);
        Assert.Empty(_leases.Changes);
    }

    [Fact]
    public async Task DeniedLater_ReleasesItsLease()
    {
        var answer = await CheckAsync(new TestCall(), Steps.Mount(), Take(), Steps.Answer(Denials.TooManySockets));

        Assert.NotEqual(0, answer.Status.Code);
        Assert.False(answer.DynamicMetadata.Fields.ContainsKey("parallel"));
        Assert.Equal("release", Assert.Single(_leases.Changes).Change);
    }

    [Fact]
    public async Task CallerThatHasLeft_ReleasesIt_ThoughNoStepWaits()
    {
        var answer = await CheckAsync(new TestCall(cancellationToken: new CancellationToken(canceled: true)), Steps.Mount(), Take());

        Assert.NotEqual(0, answer.Status.Code);
        await Eventually.TrueAsync(() => Task.FromResult(_leases.Changes.Count == 1), "the lease is released");
    }

    [Fact]
    public async Task RefusedWithoutALease_ReleasesNothing()
    {
        await CheckAsync(new TestCall(), Steps.Mount(), Steps.Answer(Denials.TooManySockets));

        Assert.Empty(_leases.Changes);
    }

    private static ICheckStep Take() =>
        Steps.Do(
            (context, _) =>
            {
                context.RequestLease = new(context.DecisionId, [new("ada", 1)], TimeSpan.FromMinutes(1));
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
                    Http = new() { Method = "GET", Path = "/" },
                },
            },
        };
        using var log = new MemoryStream();
        var service = Steps.Service(new(TimeProvider.System, log), TimeProvider.System, new RequestLeaseReleaser(_leases), steps);
        return (await service.Check(CheckRequestReader.Read(question.ToByteArray()), call)).ToMessage();
    }
}
