using AuthSidecar.Companion;
using AuthSidecar.Storage;
using Grpc.Core;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Recording;

/// <summary>What the Recorder answers, and counts.</summary>
internal sealed partial class RecordAnswers(Store store, RecorderMetrics metrics, ILogger<RecordAnswers> logger)
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
            LogFailed(kind, fault);
            throw store.IsRefusal(fault is DbUpdateException { InnerException: { } cause } ? cause : fault)
                ? CompanionErrors.Malformed("The store cannot hold the record.")
                : CompanionErrors.StoreUnavailable();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A record of kind {Kind} could not be stored; whoever sent it was told.")]
    private partial void LogFailed(RecordKind kind, Exception fault);
}
