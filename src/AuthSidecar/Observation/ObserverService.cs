using AuthSidecar.Configuration;
using AuthSidecar.ExtAuthz;
using AuthSidecar.Storage;
using Envoy.Service.ExtProc.V3;
using Grpc.Core;

namespace AuthSidecar.Observation;

/// <summary>
/// Watches what Envoy shows of each exchange and tells the usage pipeline what it learned. It can neither block nor change traffic: in observability mode
/// it never answers, and the answers that an Envoy outside of that mode waits for say "go on" and can say nothing else. Where "go on" is no answer, because
/// Envoy gives bodies away and sends on only what comes back, the call is refused: a response without its body would be worse than an error that everybody sees.
/// </summary>
internal sealed partial class ObserverService(SettingsMonitor settings, Func<UsageRow, bool> offer, ObserverMetrics metrics, DecisionGuard guard, TimeProvider time, ILogger<ObserverService> logger) : ProcessorServiceBase
{
    private int _warnings;

    [Flags]
    private enum Warnings
    {
        Waits = 1,
        GivesBodiesAway = 2,
        LacksHeaders = 4,
    }

    public override async Task Process(IAsyncStreamReader<ProcessingMessage> requests, IServerStreamWriter<ProcessingResponse> answers, ServerCallContext context)
    {
        using var observation = new StreamObservation(settings, time.GetUtcNow(), told => guard.Accepts(told, "ext_proc", context.Peer));
        metrics.Open();
        try
        {
            await WatchAsync(requests, answers, observation);
        }
        catch (BodiesGivenAwayException)
        {
            WarnOnce(Warnings.GivesBodiesAway);
            throw new RpcException(new(StatusCode.FailedPrecondition, "The observer sends no bodies back: set observability_mode: true."));
        }
        catch (Exception fault)
        {
            // Envoy, or this process, has ended the call before the response's end: what was seen counts.
            LogCut(fault);
        }
        finally
        {
            Tell(observation);
            metrics.Close();
        }
    }

    private async Task WatchAsync(IAsyncStreamReader<ProcessingMessage> requests, IServerStreamWriter<ProcessingResponse> answers, StreamObservation observation)
    {
        while (await requests.MoveNext(CancellationToken.None))
        {
            using var message = requests.Current;
            Take(observation, message);
            if (!message.IsObservability)
            {
                if (message.GivesBodiesAway)
                {
                    throw new BodiesGivenAwayException();
                }

                WarnOnce(Warnings.Waits);
                await answers.WriteAsync(GoOn(message.Part));
            }
            else if (observation.HasEnded)
            {
                // Envoy would keep the call for seconds more (deferred_close_timeout), with nothing in it.
                return;
            }
        }
    }

    // A fault of reading must not end the call: Envoy may wait for answers.
    private void Take(StreamObservation observation, ProcessingMessage message)
    {
        try
        {
            observation.Take(message);
            if (observation.LacksHeaders)
            {
                WarnOnce(Warnings.LacksHeaders);
            }
        }
        catch (Exception fault)
        {
            LogFault(fault);
            observation.GiveUp();
        }
    }

    private void Tell(StreamObservation observation)
    {
        try
        {
            if (observation.ToPart() is { } part)
            {
                metrics.Count(part);
                offer(part);
            }
        }
        catch (Exception fault)
        {
            LogFault(fault);
        }
    }

    private static ProcessingResponse GoOn(ProcessingPart part) => part switch
    {
        ProcessingPart.RequestHeaders => new() { RequestHeaders = new() { Response = new() } },
        ProcessingPart.ResponseHeaders => new() { ResponseHeaders = new() { Response = new() } },
        ProcessingPart.RequestBody => new() { RequestBody = new() { Response = new() } },
        ProcessingPart.ResponseBody => new() { ResponseBody = new() { Response = new() } },
        ProcessingPart.RequestTrailers => new() { RequestTrailers = new() },
        ProcessingPart.ResponseTrailers => new() { ResponseTrailers = new() },
        _ => new(),
    };

    private void WarnOnce(Warnings warning)
    {
        if ((Interlocked.Or(ref _warnings, (int)warning) & (int)warning) != 0)
        {
            return;
        }

        switch (warning)
        {
            case Warnings.Waits:
                LogWaits();
                break;
            case Warnings.GivesBodiesAway:
                LogGivesBodiesAway();
                break;
            default:
                LogLacksHeaders();
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "An observed stream was cut off.")]
    private partial void LogCut(Exception fault);

    [LoggerMessage(Level = LogLevel.Error, Message = "A response could not be observed; its traffic is not touched.")]
    private partial void LogFault(Exception fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Envoy waits for the observer with each message. Set observability_mode: true in its ext_proc filter.")]
    private partial void LogWaits();

    [LoggerMessage(Level = LogLevel.Error, Message = "Envoy's ext_proc filter gives bodies away (FULL_DUPLEX_STREAMED or GRPC), so its requests fail. Set observability_mode: true, and request_body_mode and response_body_mode to STREAMED.")]
    private partial void LogGivesBodiesAway();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Envoy shows bodies without their headers and they are not read. Set response_header_mode: SEND in its ext_proc filter.")]
    private partial void LogLacksHeaders();

    private sealed class BodiesGivenAwayException : Exception;
}
