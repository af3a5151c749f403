using System.Security.Cryptography;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Upstream;

/// <summary>Over HTTP/2 (RFC 8441) an upgrade has no <c>sec-websocket-key</c>, but the HTTP/1.1 servers behind Envoy refuse without one (RFC 6455 4.2.1).</summary>
internal sealed class WebSocketKeyStep : ICheckStep
{
    private const int KeyLength = 16;

    public string Name => "websocket_key";

    public bool RunsForPublic => true;

    public static void AddMissing(UpstreamEdits edits, CheckContext context)
    {
        if (context.Kind.HasFlag(RequestKind.WebSocket) && !context.Request.Headers.Has(KnownHeader.SecWebSocketKey))
        {
            edits.SetHeader("sec-websocket-key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));
        }
    }

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        AddMissing(context.Edits, context);
        return new(StepResult.Continue);
    }
}
