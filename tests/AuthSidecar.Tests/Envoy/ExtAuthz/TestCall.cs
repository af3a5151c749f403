using Grpc.Core;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>A call as the gRPC server would present it.</summary>
internal sealed class TestCall(DateTime? deadline = null, Metadata? headers = null, CancellationToken cancellationToken = default)
    : ServerCallContext
{
    protected override string MethodCore => "/envoy.service.auth.v3.Authorization/Check";
    protected override string HostCore => "authsidecar";
    protected override string PeerCore => "ipv4:127.0.0.1:1";
    protected override DateTime DeadlineCore => deadline ?? DateTime.MaxValue;
    protected override Metadata RequestHeadersCore { get; } = headers ?? [];
    protected override CancellationToken CancellationTokenCore => cancellationToken;
    protected override Metadata ResponseTrailersCore { get; } = [];
    protected override Status StatusCore { get; set; }
    protected override WriteOptions? WriteOptionsCore { get; set; }
    protected override AuthContext AuthContextCore { get; } = new(null, []);

    protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
        throw new NotSupportedException();

    protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => throw new NotSupportedException();
}
