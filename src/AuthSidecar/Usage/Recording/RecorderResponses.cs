using AuthSidecar.Access.Companion;
using Grpc.Core;

namespace AuthSidecar.Usage.Recording;

/// <summary>Turns results of records into gRPC responses, and counts them.</summary>
internal sealed class RecorderResponses(RecorderMetrics metrics)
{
    /// <param name="kind">Kind of record.</param>
    /// <param name="context">The call. A record of a cancelled call may still be stored.</param>
    /// <param name="record">Reads and stores the record.</param>
    public async Task<T> AnswerAsync<T>(RecordKind kind, ServerCallContext context, Func<Task<RecordResult>> record)
        where T : new()
    {
        try
        {
            var result = await record().WaitAsync(context.CancellationToken);
            metrics.Count(kind, result);
            return result == RecordResult.Unknown
                ? throw CompanionErrors.Malformed("unknown interception: it was never started, or is no longer kept.")
                : new();
        }
        catch (Exception fault) when (fault is not (RpcException or OperationCanceledException))
        {
            metrics.CountFailure(kind);
            throw fault is RecordRefusedException
                ? CompanionErrors.Malformed("The store cannot hold the record.")
                : CompanionErrors.StoreUnavailable();
        }
    }
}
