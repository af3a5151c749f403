using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Requests;

/// <summary>Keeps the request id of the client or proxy, for logs only; decisions have their own id.</summary>
internal sealed class RequestIdStep : ICheckStep
{
    private const int MaxLength = 128;

    public string Name => "request_id";

    public bool RunsForPublic => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var headers = context.Request.Headers;
        var id = headers[KnownHeader.RequestId] ?? headers[KnownHeader.CoderRequestId] ?? headers[KnownHeader.XRequestId];
        context.CorrelationId = id is { Length: > 0 and <= MaxLength } && HeaderText.IsVisible(id) ? TokenText.Hide(id) : null;
        return new(StepResult.Continue);
    }
}
