using System.Net.Sockets;
using Grpc.Core;

namespace KestrelGrpc.Client;

/// <summary>The status of a call that failed on this side or on the way.</summary>
internal static class ClientErrors
{
    public static Status StatusOf(Exception exception, bool isExpired, bool isCancelled)
    {
        if (isExpired)
        {
            return new Status(StatusCode.DeadlineExceeded, "Deadline exceeded.", exception);
        }

        if (isCancelled || exception is OperationCanceledException)
        {
            return new Status(StatusCode.Cancelled, "Call canceled by the client.", exception);
        }

        return exception is RpcException rpc ? rpc.Status : new Status(CodeOf(exception), exception.Message, exception);
    }

    private static StatusCode CodeOf(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is HttpProtocolException protocol)
            {
                return CodeOfHttp2Error(protocol.ErrorCode);
            }
        }

        return exception is HttpRequestException or IOException or SocketException ? StatusCode.Unavailable : StatusCode.Internal;
    }

    private static StatusCode CodeOfHttp2Error(long error) => error switch
    {
        0x7 => StatusCode.Unavailable, // REFUSED_STREAM
        0x8 => StatusCode.Cancelled, // CANCEL
        0xb => StatusCode.ResourceExhausted, // ENHANCE_YOUR_CALM
        0xc => StatusCode.PermissionDenied, // INADEQUATE_SECURITY
        _ => StatusCode.Internal,
    };
}
