using AuthSidecar.Pipeline;
using AuthSidecar.Upstream;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.ExtAuthz;

/// <summary>From a decision to Envoy's answer; the only maker of one. Status and body of the answer are always set together, and each header says that it overwrites.</summary>
internal static class CheckResponseWriter
{
    private const string DecisionIdHeader = "x-authsidecar-decision-id";

    public static CheckAnswer Write(CheckContext context, Decision decision) => decision switch
    {
        Decision.Allow allow => WriteAllow(context, allow),
        Decision.Deny deny => new(DenyMessage(context, deny.Denial)),
        _ => throw new InvalidOperationException("There is no such decision."),
    };

    private static CheckAnswer WriteAllow(CheckContext context, Decision.Allow allow)
    {
        var edits = allow.Edits;
        if (!edits.IsShared)
        {
            return new(AllowMessage(context, allow), context.Limit);
        }

        var prepared = edits.Encoded as PreparedAnswer;
        if (prepared is null)
        {
            prepared = new(AllowMessage(context, allow), context.DecisionId);
            edits.Encoded = prepared;
        }

        return new(prepared, context.DecisionId, context.Limit);
    }

    private static CheckResponse AllowMessage(CheckContext context, Decision.Allow allow)
    {
        var edits = allow.Edits;
        var ok = new OkHttpResponse { ResponseHeadersToAdd = { Overwrite(DecisionIdHeader, context.DecisionId) } };
        foreach (var (name, value) in edits.Set)
        {
            ok.Headers.Add(Overwrite(name, value));
        }

        if (edits.Target is { } target)
        {
            ok.Headers.Add(Overwrite(":path", target));
        }

        if (allow.Caller is not null)
        {
            ok.Headers.Add(Overwrite(IdentityHeaders.DecisionId, context.DecisionId));
        }

        ok.HeadersToRemove.AddRange(edits.Remove.Where(name => allow.Caller is null || name != IdentityHeaders.DecisionId));
        return Answer(Grpc.Core.StatusCode.OK, response => response.OkResponse = ok, DecisionMetadata.For(context, null));
    }

    private static CheckResponse DenyMessage(CheckContext context, Denial denial)
    {
        var shaped = DenialShape.For(context, denial);
        if (shaped.Status is < 400 or > 599)
        {
            throw new InvalidOperationException("A refusal has a 4xx or 5xx status.");
        }

        var denied = new DeniedHttpResponse { Status = new() { Code = (Envoy.Types.V3.StatusCode)shaped.Status }, Body = shaped.Body };
        foreach (var (name, value) in shaped.Headers)
        {
            denied.Headers.Add(Overwrite(name, value));
        }

        denied.Headers.Add(Overwrite(DecisionIdHeader, context.DecisionId));
        return Answer(DenialShape.GrpcStatus(shaped.Status), response => response.DeniedResponse = denied, DecisionMetadata.For(context, denial));
    }

    private static CheckResponse Answer(Grpc.Core.StatusCode code, Action<CheckResponse> fill, Google.Protobuf.WellKnownTypes.Struct metadata)
    {
#pragma warning disable RS0030 // The one place that makes an answer.
        var response = new CheckResponse { Status = new() { Code = (int)code }, DynamicMetadata = metadata };
#pragma warning restore RS0030
        fill(response);
        return response;
    }

    private static HeaderValueOption Overwrite(string name, string value) => new()
    {
        Header = new() { Key = name, Value = value },
        Append = false,
        AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
    };
}
