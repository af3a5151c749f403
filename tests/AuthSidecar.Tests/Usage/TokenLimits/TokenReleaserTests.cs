using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.TokenLimits;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.Tests.Usage.TokenLimits;

/// <summary>The tokens of a request that is denied later, or whose caller has left, are released.</summary>
public sealed class TokenReleaserTests : IDisposable
{
    private readonly MemoryTokenWindows _windows = new(TimeProvider.System);

    [Fact]
    public async Task Allowed_KeepsItsTokens()
    {
        Assert.Equal(0, await CheckAsync(new TestCall(), Steps.Mount(), Reserve()));
        Assert.Equal(1, _windows.Count);
    }

    [Fact]
    public async Task DeniedLater_ReleasesThem()
    {
        Assert.NotEqual(0, await CheckAsync(new TestCall(), Steps.Mount(), Reserve(), Steps.Answer(Denials.TooManySockets)));
        Assert.Equal(0, _windows.Count);
    }

    [Fact]
    public async Task CallerThatHasLeft_ReleasesThem_ThoughNoStepWaits()
    {
        var call = new TestCall(cancellationToken: new CancellationToken(canceled: true));

        Assert.NotEqual(0, await CheckAsync(call, Steps.Mount(), Reserve()));
        await Eventually.TrueAsync(() => Task.FromResult(_windows.Count == 0), "the tokens are released");
    }

    public void Dispose() => _windows.Dispose();

    private ICheckStep Reserve() =>
        Steps.Do(
            (context, _) =>
            {
                _windows.Reserve(context.DecisionId, 1, [TokenFixture.Bucket("ada", 100)]);
                context.ReservesTokens = true;
                return new(StepResult.Continue);
            }
        );

    private async Task<int> CheckAsync(TestCall call, params ICheckStep[] steps)
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
        var service = Steps.Service(new(TimeProvider.System, log), TimeProvider.System, new TokenReleaser(_windows), steps);
        return (await service.Check(CheckRequestReader.Read(question.ToByteArray()), call)).ToMessage().Status.Code;
    }
}
