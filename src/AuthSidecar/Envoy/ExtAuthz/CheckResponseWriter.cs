using AuthSidecar.Access.Upstream;
using AuthSidecar.Decisions.Answers;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Decisions.Pipeline;
using Envoy.Config.Core.V3;
using Envoy.Service.Auth.V3;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Writes Envoy's answer for a decision; the only code that creates a <c>CheckResponse</c>. gRPC status and HTTP response are set together,
/// and every header overwrites.
/// </summary>
internal sealed class CheckResponseWriter(DecisionMacs macs)
{
    private const string DecisionIdHeader = "x-authsidecar-decision-id";

    public CheckAnswer Write(CheckContext context, Decision decision) =>
        decision switch
        {
            Decision.Allow allow => WriteAllow(context, allow),
            Decision.Deny deny => new(DenyMessage(context, deny)),
            Decision.Close close => new(CloseMessage(context, close)),
            _ => throw new InvalidOperationException("Unknown kind of decision."),
        };

    private CheckAnswer WriteAllow(CheckContext context, Decision.Allow allow)
    {
        // A shared answer names no lease and no token limit.
        if (allow.Shared is not { } shared || context.RequestLease is not null || context.Tokens is not null)
        {
            return new(AllowMessage(context, allow), context.Limit);
        }

        var prepared = shared.Encoded as PreparedAnswer;
        if (prepared is null || !macs.IsCurrent(prepared.Mac))
        {
            var message = AllowMessage(context, allow);
            prepared = new(message, context.DecisionId, macs.For(DecisionFacts.Of(message.DynamicMetadata)));
            if (!prepared.IsComplete)
            {
                return new(message, context.Limit);
            }

            shared.Encoded = prepared;
        }

        return new(prepared, context.DecisionId, context.Limit);
    }

    private CheckResponse AllowMessage(CheckContext context, Decision.Allow allow)
    {
        var edits = allow.Edits;
        var ok = Edited(context, edits);
        if (context.Tokens is { } tokens)
        {
            foreach (var (name, value) in TokenHeaders.Of(context.Policy.Options.Errors, tokens))
            {
                ok.ResponseHeadersToAdd.Add(Overwrite(name, value));
            }
        }

        if (allow.Caller is not null)
        {
            ok.Headers.Add(Overwrite(IdentityHeaders.DecisionId, context.DecisionId));
            ok.HeadersToRemove.Remove(IdentityHeaders.DecisionId);
        }

        return Answer(Grpc.Core.StatusCode.OK, response => response.OkResponse = ok, DecisionMetadata.For(context, allow));
    }

    // OK for Envoy: without "ws: allow" in the metadata its route stays the closer.
    private CheckResponse CloseMessage(CheckContext context, Decision.Close close)
    {
        var ok = Edited(context, close.Edits);
        ok.ResponseHeadersToAdd.Add(Overwrite(DenialShape.ReasonHeader, close.Denial.Reason));
        return Answer(Grpc.Core.StatusCode.OK, response => response.OkResponse = ok, DecisionMetadata.For(context, close));
    }

    private static OkHttpResponse Edited(CheckContext context, UpstreamEdits edits)
    {
        var ok = new OkHttpResponse { ResponseHeadersToAdd = { Overwrite(DecisionIdHeader, context.DecisionId) } };
        foreach (var (name, value) in edits.Set)
        {
            ok.Headers.Add(Overwrite(name, value));
        }

        if (edits.Target is { } target)
        {
            ok.Headers.Add(Overwrite(":path", target));
        }

        ok.HeadersToRemove.AddRange(edits.Remove);
        return ok;
    }

    private CheckResponse DenyMessage(CheckContext context, Decision.Deny deny)
    {
        var shaped = DenialShape.For(context, deny.Denial);
        if (shaped.Status is < 400 or > 599)
        {
            throw new InvalidOperationException("A denial needs a 4xx or 5xx status.");
        }

        var denied = new DeniedHttpResponse
        {
            Status = new() { Code = (global::Envoy.Types.V3.StatusCode)shaped.Status },
            Body = shaped.Body,
        };
        foreach (var (name, value) in shaped.Headers)
        {
            denied.Headers.Add(Overwrite(name, value));
        }

        denied.Headers.Add(Overwrite(DecisionIdHeader, context.DecisionId));
        return Answer(
            DenialShape.GrpcStatus(shaped.Status),
            response => response.DeniedResponse = denied,
            DecisionMetadata.For(context, deny)
        );
    }

    private CheckResponse Answer(Grpc.Core.StatusCode code, Action<CheckResponse> fill, Google.Protobuf.WellKnownTypes.Struct metadata)
    {
#pragma warning disable RS0030 // The only code that creates a CheckResponse.
        var response = new CheckResponse
        {
            Status = new() { Code = (int)code },
            DynamicMetadata = macs.Sign(metadata),
        };
#pragma warning restore RS0030
        fill(response);
        return response;
    }

    private static HeaderValueOption Overwrite(string name, string value) =>
        new()
        {
            Header = new() { Key = name, Value = value },
            Append = false,
            AppendAction = HeaderValueOption.Types.HeaderAppendAction.OverwriteIfExistsOrAdd,
        };
}
