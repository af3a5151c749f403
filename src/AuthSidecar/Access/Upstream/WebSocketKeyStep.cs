using System.Security.Cryptography;
using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Access.Upstream;

/// <summary>
/// Adds the <c>sec-websocket-key</c> that an upgrade over HTTP/2 (RFC 8441) lacks: HTTP/1.1 upstreams reject upgrades without it (RFC 6455
/// 4.2.1).
/// </summary>
internal sealed class WebSocketKeyStep : EditStep
{
    private const int KeyLength = 16;

    public override string Name => "websocket_key";

    public override bool RunsForPublic => true;

    public override AnswerFacts Reads => AnswerFacts.Upgrade;

    public static void AddMissing(UpstreamEdits edits, EditInput input)
    {
        if (input.LacksWebSocketKey)
        {
            edits.SetHeader("sec-websocket-key", Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyLength)));
        }
    }

    protected override ValueTask<StepResult> WriteAsync(EditInput input, UpstreamEdits edits, CancellationToken cancellationToken)
    {
        AddMissing(edits, input);
        return new(StepResult.Continue);
    }
}
