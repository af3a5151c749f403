using System.Diagnostics;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Telemetry;
using Grpc.Core;

namespace AuthSidecar.Decisions.Service;

/// <summary>
/// One span per Check in Envoy's trace, if the trace is sampled and a collector is configured. Its tags are the decision's metadata without
/// the caller; it contains no request data.
/// </summary>
/// <remarks>https://www.w3.org/TR/trace-context/#traceparent-header</remarks>
internal static class CheckSpans
{
    private const string TraceParent = "traceparent";
    private const string Name = "envoy.service.auth.v3.Authorization/Check";

    /// <returns>Null without a sampled trace or a collector.</returns>
    public static Activity? Begin(ServerCallContext context)
    {
        if (!SpanSource.Sidecar.HasListeners())
        {
            return null;
        }

        // From the gRPC call: the request's header of the same name is controlled by the client, which must not create spans.
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
        if (decision.Denial is { } denial)
        {
            span.SetTag("authsidecar.reason", denial.Reason);
            span.SetTag("authsidecar.status", denial.Status);
            span.SetStatus(denial.Status >= StatusCodes.Status500InternalServerError ? ActivityStatusCode.Error : ActivityStatusCode.Unset);
        }

        span.Dispose();
    }
}
