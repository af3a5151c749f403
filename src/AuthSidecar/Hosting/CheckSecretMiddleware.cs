using System.Buffers.Binary;
using System.Globalization;
using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Pipeline;
using Google.Protobuf;
using Grpc.Core;
using Microsoft.AspNetCore.Connections.Features;

namespace AuthSidecar.Hosting;

/// <summary>
/// Lets only calls with one of <c>Listen:CheckSecrets</c> to the Check listener, before any message is read; only health checks need none. Check itself
/// answers others with a complete refusal, 503 <c>internal_error</c>: a gRPC error is what <c>failure_mode_allow</c> turns into a pass.
/// </summary>
internal sealed class CheckSecretMiddleware(RequestDelegate next, SettingsMonitor settings, CheckResponseWriter writer, CheckRefusals refusals, TimeProvider time)
{
    private const int FrameHead = 5;
    private static readonly string _check = $"/{Envoy.Service.Auth.V3.Authorization.Descriptor.FullName}/Check";
    private static readonly PathString _health = "/grpc.health.v1.Health";
    private static readonly InboundRequest _unread = CheckRequestReader.Read([]);

    public Task InvokeAsync(HttpContext context)
    {
        var secrets = settings.Current.CheckSecrets;
        return secrets.AreOff || secrets.Opens(context.Request.Headers.Authorization) || context.Request.Path.StartsWithSegments(_health, StringComparison.Ordinal)
            ? next(context)
            : RefuseAsync(context);
    }

    private Task RefuseAsync(HttpContext context)
    {
        refusals.Add(CheckRefusal.Secret, PeerOf(context));
        var response = context.Response;
        response.ContentType = "application/grpc";
        if (context.Request.Path == _check)
        {
            return DenyAsync(response);
        }

        response.Headers["grpc-status"] = ((int)StatusCode.Unauthenticated).ToString(CultureInfo.InvariantCulture);
        response.Headers["grpc-message"] = "A secret of this listener is required.";
        return Task.CompletedTask;
    }

    private async Task DenyAsync(HttpResponse response)
    {
        var answer = writer.Write(new CheckContext(_unread, DecisionIds.Next(time)), new Decision.Deny(Denials.InternalError)).ToMessage().ToByteArray();
        var frame = new byte[FrameHead + answer.Length];
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), answer.Length);
        answer.CopyTo(frame, FrameHead);
        await response.Body.WriteAsync(frame);
        response.AppendTrailer("grpc-status", "0");
    }

    private static string PeerOf(HttpContext context) => context.Connection.RemoteIpAddress is { } address
        ? $"{address}:{context.Connection.RemotePort}"
        : context.Features.Get<IConnectionSocketFeature>() is { Socket: var socket } && PeerCredentials.UidOf(socket) is { } uid ? $"uid {uid}" : "a socket";
}
