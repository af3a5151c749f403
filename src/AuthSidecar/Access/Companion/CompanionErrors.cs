using AuthSidecar.Access.Identities;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Google.Rpc;
using Grpc.Core;

namespace AuthSidecar.Access.Companion;

/// <summary>Typed errors of the companion services: a gRPC status plus <c>google.rpc.ErrorInfo</c> with a stable reason.</summary>
internal static class CompanionErrors
{
    private const string Domain = "authsidecar";

    /// <summary>The reason of an error of this class; <c>internal_error</c> for any other.</summary>
    public static string ReasonOf(Exception fault) =>
        (fault as RpcException)?.GetRpcStatus()?.GetDetail<ErrorInfo>()?.Reason ?? "internal_error";

    public static RpcException Malformed(string message) => Make(StatusCode.InvalidArgument, "malformed", message);

    public static RpcException Ambiguous(string message) => Make(StatusCode.InvalidArgument, "ambiguous", message);

    public static RpcException ModelNotAllowed() =>
        Make(StatusCode.PermissionDenied, "model_not_allowed", "The model may not be used with this key.");

    public static RpcException StoreUnavailable() => Make(StatusCode.Unavailable, "store_unavailable", "The store does not answer.");

    public static RpcException RateLimited(TimeSpan retryAfter) =>
        Make(
            StatusCode.ResourceExhausted,
            "rate_limited",
            "Too many requests.",
            new RetryInfo { RetryDelay = Duration.FromTimeSpan(retryAfter) }
        );

    public static RpcException LimiterUnavailable() =>
        Make(StatusCode.Unavailable, "limiter_unavailable", "Requests cannot be counted right now.");

    public static RpcException For(AuthenticationFailure failure) =>
        failure switch
        {
            AuthenticationFailure.InvalidKey
            or AuthenticationFailure.UnknownFamily
            or AuthenticationFailure.UnknownIssuer
            or AuthenticationFailure.WrongAudience
            or AuthenticationFailure.WrongSignature
            or AuthenticationFailure.NotYetValid => Unauthenticated("invalid_key", "The key is not valid."),
            AuthenticationFailure.UnknownKey => Unauthenticated("unknown_key", "The key is not known."),
            AuthenticationFailure.RevokedKey => Unauthenticated("revoked_key", "The key was revoked."),
            AuthenticationFailure.ExpiredKey => Unauthenticated("expired_key", "The key has expired."),
            AuthenticationFailure.UnknownUser => Unauthenticated("unknown_user", "The key's owner is not known."),
            AuthenticationFailure.DeletedUser => Unauthenticated("deleted_user", "The key's owner was deleted."),
            AuthenticationFailure.InactiveUser => Unauthenticated("inactive_user", "The key's owner is not active."),
            AuthenticationFailure.SystemUser => Unauthenticated("system_user", "The key's owner is a system user."),
            AuthenticationFailure.StoreUnavailable => StoreUnavailable(),
            AuthenticationFailure.IssuerUnavailable => Make(
                StatusCode.Unavailable,
                "store_unavailable",
                "The issuer of the token does not answer."
            ),
            _ => new(new Grpc.Core.Status(StatusCode.Internal, "The key could not be checked.")),
        };

    private static RpcException Unauthenticated(string reason, string message) => Make(StatusCode.Unauthenticated, reason, message);

    private static RpcException Make(StatusCode code, string reason, string message, IMessage? detail = null)
    {
        var status = new Google.Rpc.Status
        {
            Code = (int)code,
            Message = message,
            Details = { Any.Pack(new ErrorInfo { Domain = Domain, Reason = reason }) },
        };
        if (detail is not null)
        {
            status.Details.Add(Any.Pack(detail));
        }

        return status.ToRpcException();
    }
}
