using AuthSidecar.Decisions.Metadata;
using Envoy.Service.AccessLog.V3;
using Grpc.Core;

namespace AuthSidecar.Envoy.AccessLogs;

/// <summary>
/// Receives Envoy's access log (ALS). A stream lasts as long as Envoy or this process; entries are not acknowledged. Entries are handled
/// one after the other, which bounds the work of a stream to one message of gRPC's maximum size.
/// </summary>
internal sealed partial class AccessLogService(
    LeaseAccessLogHandler sockets,
    AccessLogUsageReporter usage,
    AccessLogMetrics metrics,
    DecisionGuard guard,
    AccessLogStreams streams,
    ILogger<AccessLogService> logger
) : global::Envoy.Service.AccessLog.V3.AccessLogService.AccessLogServiceBase
{
    public override async Task<StreamAccessLogsResponse> StreamAccessLogs(
        IAsyncStreamReader<StreamAccessLogsMessage> requestStream,
        ServerCallContext context
    )
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, streams.Ended);
        try
        {
            while (await requestStream.MoveNext(end.Token))
            {
                await HandleAsync(requestStream.Current, context.Peer);
            }
        }
        catch (Exception) when (end.IsCancellationRequested)
        {
            // Envoy or this process is stopping; Envoy opens another stream, here or at another replica.
        }

        return new();
    }

    private async Task HandleAsync(StreamAccessLogsMessage message, string peer)
    {
        if (message.TcpLogs is { } other)
        {
            metrics.Count(AccessLogResult.Malformed, other.LogEntry.Count);
        }

        foreach (var written in message.HttpLogs?.LogEntry ?? [])
        {
            var result = AccessLogReader.Read(written, out var entry);
            var isOurs = entry is not null && guard.Accepts(entry.Facts, "access_log", peer);
            metrics.Count(entry is null || isOurs ? result : AccessLogResult.WrongMac);
            if (isOurs)
            {
                await HandleAsync(entry!);
            }
        }
    }

    private async Task HandleAsync(AccessLogEntry entry)
    {
        try
        {
            usage.Report(entry);
            await sockets.HandleAsync(entry);
        }
        catch (Exception fault)
        {
            LogFault(fault, entry.DecisionId);
        }
    }

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Handling the access log entry of decision {DecisionId} failed; its usage or socket lease is not updated."
    )]
    private partial void LogFault(Exception fault, string decisionId);
}
