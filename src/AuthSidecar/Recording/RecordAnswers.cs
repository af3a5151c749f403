using AuthSidecar.Companion;
using Grpc.Core;

namespace AuthSidecar.Recording;

/// <summary>What the Recorder answers, and counts.</summary>
internal sealed class RecordAnswers(RecorderMetrics metrics)
{
    /// <param name="kind">Of record.</param>
    /// <param name="context">When the caller no longer waits, what was told may be stored all the same.</param>
    /// <param name="record">Reads and stores it.</param>
    public async Task<T> AnswerAsync<T>(RecordKind kind, ServerCallContext context, Func<Task<RecordResult>> record)
        where T : new()
    {
        try
        {
            var result = await record().WaitAsync(context.CancellationToken);
            metrics.Count(kind, result);
            return result == RecordResult.Unknown ? throw CompanionErrors.Malformed("unknown interception: it was never started, or is no longer kept.") : new();
        }
        catch (Exception fault) when (fault is not (RpcException or OperationCanceledException))
        {
            metrics.CountFailure(kind);
            throw fault is RecordRefusedException ? CompanionErrors.Malformed("The store cannot hold the record.") : CompanionErrors.StoreUnavailable();
        }
    }
}
