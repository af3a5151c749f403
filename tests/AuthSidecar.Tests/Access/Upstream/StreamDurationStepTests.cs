using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.Tests.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Access.Upstream;

public sealed class StreamDurationStepTests
{
    private readonly FakeTimeProvider _time = new(new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    [Theory]
    [InlineData(true, null, null, null)]
    [InlineData(true, 90.5, null, "90500")]
    [InlineData(true, 90.0, 30.0, "30000")]
    [InlineData(true, 30.0, 90.0, "30000")]
    [InlineData(true, null, 30.0, "30000")]
    [InlineData(true, 0.0009, null, "1")]
    [InlineData(true, 0.0000001, null, "1")]
    [InlineData(true, 315360000.0, null, "315360000000")]
    [InlineData(false, 90.0, null, null)]
    [InlineData(false, 30.0, 90.0, "90000")]
    public async Task Stream_LivesAsLongAsTokenAndPolicyLetIt(bool isSocket, double? token, double? policy, string? milliseconds)
    {
        var context = Context(isSocket, token, policy);

        Assert.True((await RunAsync(context)).IsContinue);
        Assert.Equal(milliseconds, context.Edits.Set.SingleOrDefault(header => header.Key == "x-envoy-upstream-stream-duration-ms").Value);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    public async Task TokenThatEndsAtThisInstant_IsRefused_BecauseZeroWouldBeForEver(double token)
    {
        var context = Context(isSocket: true, token, 90);

        Assert.True((await RunAsync(context)).Denial.Is(Denials.TokenExpired));
        Assert.Empty(context.Edits.Set);
    }

    private ValueTask<StepResult> RunAsync(CheckContext context) => new StreamDurationStep(_time).RunAsync(context, CancellationToken.None);

    private CheckContext Context(bool isSocket, double? token, double? policy)
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
        if (isSocket)
        {
            question.Attributes.Request.Http.Headers["upgrade"] = "websocket";
        }

        return new(CheckRequestReader.Read(question.ToByteArray()), "decision")
        {
            Policy = new Policy
            {
                Name = "p",
                Options = new() { MaxStreamDuration = Seconds(policy) },
                Subjects = SubjectType.All,
            },
            Identity = Steps.Identity with { ExpiresAt = Seconds(token) is { } rest ? _time.GetUtcNow() + rest : null },
        };
    }

    private static TimeSpan? Seconds(double? seconds) => seconds is { } known ? TimeSpan.FromSeconds(known) : null;
}
