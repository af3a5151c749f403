using System.Globalization;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Upstream;

/// <summary>
/// Limits the duration of a stream: Envoy ends it when a WebSocket's credential expires, or after the policy's duration. The minimum is 1
/// ms, because 0 means unlimited to Envoy.
/// </summary>
internal sealed class StreamDurationStep(TimeProvider time) : EditStep
{
    public override string Name => "stream_duration";

    public override bool RunsForPublic => true;

    public override AnswerFacts Reads => AnswerFacts.Policy | AnswerFacts.Identity | AnswerFacts.Upgrade;

    protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
    {
        var longest = input.Policy.Options.MaxStreamDuration;
        if (input.IsWebSocket && input.Identity?.ExpiresAt is { } end)
        {
            var rest = end - time.GetUtcNow();
            if (rest <= TimeSpan.Zero)
            {
                return new(Denials.TokenExpired);
            }

            longest = longest < rest ? longest : rest;
        }

        if (longest is { } duration)
        {
            edits.SetHeader(
                IdentityHeaders.StreamDuration,
                Math.Max(1, (long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture)
            );
        }

        return new(StepResult.Continue);
    }
}
