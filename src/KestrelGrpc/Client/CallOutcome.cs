using Grpc.Core;

namespace KestrelGrpc.Client;

/// <summary>How a client call ended.</summary>
internal sealed record CallOutcome(Status Status, Metadata Trailers)
{
    public bool IsOk => Status.StatusCode == StatusCode.OK;

    public Exception ToException(bool asCancellation, CancellationToken cancellationToken)
    {
        var exception = new RpcException(Status, Trailers);
        return asCancellation && (Status.StatusCode is StatusCode.Cancelled or StatusCode.DeadlineExceeded)
            ? new OperationCanceledException(Status.Detail, exception, cancellationToken)
            : exception;
    }
}
