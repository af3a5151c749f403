using AuthSidecar.Pipeline;

namespace AuthSidecar.ExtAuthz;

/// <summary>Tells HEAD, WebSocket upgrades and gRPC calls from plain requests, and refuses every other upgrade.</summary>
internal sealed class ClassifyStep : ICheckStep
{
    public string Name => "classify";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var request = context.Request;
        context.Kind = request.Method == "HEAD" ? RequestKind.Head : RequestKind.Plain;
        if (IsGrpc(request.Headers[KnownHeader.ContentType]))
        {
            context.Kind |= RequestKind.Grpc;
        }

        if (request.Headers[KnownHeader.Upgrade] is { } upgrade && !string.IsNullOrWhiteSpace(upgrade))
        {
            if (request.Method != "GET" || !upgrade.AsSpan().Trim().Equals("websocket", StringComparison.OrdinalIgnoreCase))
            {
                return new(Denials.InvalidUpgrade);
            }

            context.Kind |= RequestKind.WebSocket;
        }

        return new(StepResult.Continue);
    }

    private static bool IsGrpc(string? contentType) =>
        contentType is not null
        && contentType.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase)
        && (contentType.Length == 16 || contentType[16] is '+' or ';');
}
