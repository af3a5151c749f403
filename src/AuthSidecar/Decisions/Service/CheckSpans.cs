using System.Diagnostics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Telemetry;
using Grpc.Core;

namespace AuthSidecar.Decisions.Service;

/// <summary>
/// One span for each Check in Envoy's trace, when that trace is sampled and spans are collected. It holds the decision's metadata without
/// the caller, and nothing of the request.
/// </summary>
/// <remarks>https://www.w3.org/TR/trace-context/#traceparent-header</remarks>
internal static class CheckSpans
{
    private const string TraceParent = "traceparent";
    private const string Name = "envoy.service.auth.v3.Authorization/Check";

    /// <returns>Null when there is no trace to join, or no collector.</returns>
    public static Activity? Begin(ServerCallContext context)
    {
        if (!SpanSource.Sidecar.HasListeners())
        {
            return null;
        }

        // Of the call itself: the header of the same name in the request is the client's, which must not make spans.
        return
            ActivityContext.TryParse(context.RequestHeaders.GetValue(TraceParent), null, isRemote: true, out var parent)
            && parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded)
            ? SpanSource.Sidecar.StartActivity(Name, ActivityKind.Server, parent)
            : null;
    }

    public static void End(Activity span, CheckContext check, Decision decision)
    {
        span.SetTag("authsidecar.decision_id", check.DecisionId);
        span.SetTag("authsidecar.decision", decision.Name);
        span.SetTag("authsidecar.policy", check.ChosenPolicy?.Name ?? "");
        if (decision.Refusal is { } refusal)
        {
            span.SetTag("authsidecar.reason", refusal.Reason);
            span.SetTag("authsidecar.status", refusal.Status);
            span.SetStatus(
                refusal.Status >= StatusCodes.Status500InternalServerError ? ActivityStatusCode.Error : ActivityStatusCode.Unset
            );
        }

        span.Dispose();
    }
}
