using AuthSidecar.ExtAuthz;
using Envoy.Service.AccessLog.V3;
using Grpc.Core;

namespace AuthSidecar.AccessLogs;

/// <summary>
/// Hears from Envoy how requests go on. A stream lasts as long as Envoy or the process: nothing in it ends it, and nothing is answered.
/// One entry is taken after the other, so that a stream never has more work open than one message, and that one is as long as gRPC lets it be.
/// </summary>
internal sealed partial class AccessLogService(LeaseAccessLogHandler sockets, UsageEntries usage, AccessLogMetrics metrics, DecisionGuard guard, AccessLogStreams streams, ILogger<AccessLogService> logger) : Envoy.Service.AccessLog.V3.AccessLogService.AccessLogServiceBase
{
    public override async Task<StreamAccessLogsResponse> StreamAccessLogs(IAsyncStreamReader<StreamAccessLogsMessage> requestStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, streams.Ended);
        try
        {
            while (await requestStream.MoveNext(end.Token))
            {
                await TakeAsync(requestStream.Current, context.Peer);
            }
        }
        catch (Exception) when (end.IsCancellationRequested)
        {
            // Envoy left, or this process does; Envoy opens another stream, here or elsewhere.
        }

        return new();
    }

    private async Task TakeAsync(StreamAccessLogsMessage message, string peer)
    {
        if (message.TcpLogs is { } other)
        {
            metrics.Count(AccessLogResult.Malformed, other.LogEntry.Count);
        }

        foreach (var written in message.HttpLogs?.LogEntry ?? [])
        {
            var result = AccessLogReader.Read(written, out var entry);
            var isOurs = entry is not null && guard.Accepts(entry.Told, "access_log", peer);
            metrics.Count(entry is null || isOurs ? result : AccessLogResult.WrongMac);
            if (isOurs)
            {
                await TakeAsync(entry!);
            }
        }
    }

    // Whoever else wants to know of entries is one more line here.
    private async Task TakeAsync(AccessLogEntry entry)
    {
        try
        {
            usage.Take(entry);
            await sockets.TakeAsync(entry);
        }
        catch (Exception fault)
        {
            LogFault(fault, entry.DecisionId);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What the access log said of decision {DecisionId} was not taken in.")]
    private partial void LogFault(Exception fault, string decisionId);
}
