using AuthSidecar.Access.Credentials;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using Microsoft.AspNetCore.Connections.Features;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Requires one of <c>Listen:CheckSecrets</c> on the Check listener, before any message is read, health checks excepted. Check itself gets
/// a complete denial, 503 <c>internal_error</c>, because <c>failure_mode_allow</c> turns a gRPC error into a pass.
/// </summary>
internal sealed class CheckSecretMiddleware(
    RequestDelegate next,
    LiveOptions<BearerSecrets> checkSecrets,
    CheckResponseWriter writer,
    CheckRefusals refusals,
    TimeProvider time
)
{
    private static readonly string _check = $"/{(global::Envoy.Service.Auth.V3.Authorization.Descriptor.FullName)}/Check";
    private static readonly InboundRequest _unread = CheckRequestReader.Read([]);

    public Task InvokeAsync(HttpContext context)
    {
        var secrets = checkSecrets.Current;
        return secrets.AreOff || secrets.Accept(context.Request.Headers.Authorization) || ListenerCredential.IsExempt(context.Request)
            ? next(context)
            : RejectAsync(context);
    }

    private Task RejectAsync(HttpContext context)
    {
        refusals.Add(CheckRefusal.Secret, PeerOf(context));
        if (context.Request.Path == _check)
        {
            return DenyAsync(context.Response);
        }

        ListenerCredential.Reject(context.Response, "A secret of this listener is required.");
        return Task.CompletedTask;
    }

    private Task DenyAsync(HttpResponse response) =>
        CheckFrame.WriteAsync(
            response,
            writer.Write(new CheckContext(_unread, DecisionIds.Next(time)), new Decision.Deny(Denials.InternalError))
        );

    private static string PeerOf(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address ? $"{address}:{context.Connection.RemotePort}"
        : context.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } && PeerCredentials.UidOf(socket) is { } uid
            ? $"uid {uid}"
        : "a socket";
}
