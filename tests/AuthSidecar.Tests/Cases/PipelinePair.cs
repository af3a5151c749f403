using System.Buffers;
using System.Text.Json.Nodes;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Steps;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.WebSockets.Closer;
using Envoy.Service.Auth.V3;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;

namespace AuthSidecar.Tests.Cases;

/// <summary>The sidecar's steps in two pipelines: one shares answers, one never does.</summary>
internal sealed class PipelinePair
{
    private const int Attempts = 3;
    private const int MostSeconds = 10;
    private readonly CheckPipeline _sharing;
    private readonly CheckPipeline _plain;
    private readonly CheckResponseWriter _writer;
    private readonly CloserRoute _closer;
    private (LimitState? State, Denial? Denial) _limit;

    /// <param name="harness">Provides the steps.</param>
    /// <param name="before">An additional step before those that write edits, or null.</param>
    /// <param name="further">An additional step after those that write edits, or null.</param>
    public PipelinePair(SidecarHarness harness, ICheckStep? before = null, EditStep? further = null)
    {
        _writer = harness.Services.GetRequiredService<CheckResponseWriter>();
        _closer = harness.Services.GetRequiredService<CloserRoute>();
        var steps = CheckSteps
            .Create(harness.Services)
            .Select(step => step.AcquiresResources ? new DrawnStep(this, step.Name) : step)
            .ToList();
        var first = steps.FindIndex(step => step is EditStep);
        var end = steps.FindLastIndex(step => step is EditStep) + 1;
        ICheckStep[] Build(params EditStep[] last) =>
            [
                .. steps[..first],
                .. before is null ? [] : new[] { before },
                .. steps[first..end],
                .. further is null ? [] : new[] { further },
                .. last,
                .. steps[end..],
            ];
        _sharing = new(Build());
        _plain = new(Build(new UndeclaredStep()));
    }

    /// <summary>
    /// Runs both, with a few retries while they differ: a difference caused by a cache that was filled meanwhile does not count.
    /// </summary>
    /// <returns>The shared Allow, or null; and the difference between the answers, or null.</returns>
    public async Task<(Decision Decision, string? Difference)> DecideAsync(byte[] message, (LimitState? State, Denial? Denial) limit)
    {
        _limit = limit;
        for (var attempt = 1; ; attempt++)
        {
            var id = DecisionIds.Next(TimeProvider.System);
            var (decision, sharing) = await RunAsync(_sharing, message, id);
            var (other, plain) = await RunAsync(_plain, message, id);
            Assert.Null((other as Decision.Allow)?.Shared);
            if (sharing.AsSpan().SequenceEqual(plain))
            {
                return (decision, null);
            }

            var (left, right) = (CheckResponse.Parser.ParseFrom(sharing), CheckResponse.Parser.ParseFrom(plain));
            Mask(left, right);
            if (left.Equals(right) || attempt == Attempts)
            {
                return (decision, left.Equals(right) ? null : $"shared: {left}\nplain: {right}");
            }
        }
    }

    private async Task<(Decision Decision, byte[] Answer)> RunAsync(CheckPipeline pipeline, byte[] message, string id)
    {
        var check = new CheckContext(CheckRequestReader.Read(message), id);
        Decision found;
        try
        {
            found = await pipeline.RunAsync(check, CancellationToken.None);
        }
        catch (Exception)
        {
            found = new Decision.Deny(Denials.InternalError);
        }

        var decision = _closer.Redirect(check, found);
        var bytes = new ArrayBufferWriter<byte>();
        _writer.Write(check, decision).WriteTo(bytes);
        return (decision, bytes.WrittenSpan.ToArray());
    }

    // Different in each answer, with or without a cache: a random key, a signature, the remaining time.
    private static void Mask(CheckResponse left, CheckResponse right)
    {
        if (left.OkResponse is null || right.OkResponse is null)
        {
            return;
        }

        foreach (
            var (one, other) in left
                .OkResponse.Headers.Zip(right.OkResponse.Headers)
                .Where(pair => pair.First.Header.Key == pair.Second.Header.Key)
        )
        {
            var (a, b) = (one.Header.Value, other.Header.Value);
            var isSame = one.Header.Key switch
            {
                "sec-websocket-key" => a.Length == b.Length,
                "x-authsidecar-caller-assertion" => Claims(a) == Claims(b),
                "x-envoy-upstream-stream-duration-ms" => Math.Abs(long.Parse(a, null) - long.Parse(b, null)) < MostSeconds * 1000,
                _ => false,
            };
            if (isSame)
            {
                other.Header.Value = a;
            }
        }
    }

    private static string Claims(string assertion)
    {
        var claims = JsonNode
            .Parse(Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Decode(new JsonWebToken(assertion).EncodedPayload))!
            .AsObject();
        claims.Remove("iat");
        claims.Remove("exp");
        return claims.ToJsonString();
    }

    private sealed class UndeclaredStep : EditStep
    {
        public override string Name => "undeclared";

        public override bool RunsForPublic => true;

        protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken) =>
            new(StepResult.Continue);
    }

    /// <summary>Replaces a step that acquires resources: the outcome is drawn, and the same in both pipelines.</summary>
    private sealed class DrawnStep(PipelinePair pair, string name) : ICheckStep
    {
        public string Name => name;

        public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
        {
            if (name != "rate_limit")
            {
                return new(StepResult.Continue);
            }

            context.Limit = pair._limit.State;
            return new(pair._limit.Denial is { } denial ? denial : StepResult.Continue);
        }
    }
}
