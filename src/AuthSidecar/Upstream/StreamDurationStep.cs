using System.Globalization;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Upstream;

/// <summary>
/// Bounds how long a stream lives: what Envoy is told cuts it when a WebSocket's credential expires, or when the policy says so.
/// To Envoy 0 means no bound, so that is never said.
/// </summary>
internal sealed class StreamDurationStep(TimeProvider time) : ICheckStep
{
    public string Name => "stream_duration";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        // Prepared answers have it in them: without a socket only the policy decides.
        if (context.Edits.IsShared)
        {
            return new(StepResult.Continue);
        }

        var longest = context.Policy.Options.MaxStreamDuration;
        if (context.Kind.HasFlag(RequestKind.WebSocket) && context.Identity?.ExpiresAt is { } end)
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
            context.Edits.SetHeader(IdentityHeaders.StreamDuration, Math.Max(1, (long)duration.TotalMilliseconds).ToString(CultureInfo.InvariantCulture));
        }

        return new(StepResult.Continue);
    }
}
