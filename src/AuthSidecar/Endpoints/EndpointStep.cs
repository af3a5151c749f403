using AuthSidecar.Pipeline;

namespace AuthSidecar.Endpoints;

/// <summary>Finds what the request does at the policy's provider.</summary>
internal sealed class EndpointStep : ICheckStep
{
    public string Name => "endpoint";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Policy.Endpoints is { } endpoints)
        {
            var isWebSocket = context.Kind.HasFlag(RequestKind.WebSocket);
            var method = context.Request.Method;
            var match = endpoints.Find(isWebSocket ? Endpoint.WebSocket : method, context.Path);
            context.EndpointMatch = match;
            context.Endpoint = match.KindOf(method, isWebSocket);
        }

        return new(StepResult.Continue);
    }
}
