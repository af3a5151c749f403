using AuthSidecar.Decisions.Vocabulary;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Check of the warm-up's listener: the same code over the warm-up's own services.</summary>
internal sealed class WarmUpCheckService : AuthorizationServiceBase
{
    private volatile CheckService? _checks;

    /// <param name="checks">The warm-up's service; null: the warm-up has ended.</param>
    public void Use(CheckService? checks) => _checks = checks;

    public override Task<CheckAnswer> Check(InboundRequest request, ServerCallContext context) =>
        _checks is { } checks
            ? checks.Check(request, context)
            : throw new RpcException(new(StatusCode.Unavailable, "No warm-up is running."));
}
