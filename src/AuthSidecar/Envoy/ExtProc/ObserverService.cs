using AuthSidecar.Access.Policies;
using AuthSidecar.Decisions.Metadata;
using AuthSidecar.Platform.Configuration;
using Envoy.Service.ExtProc.V3;
using Grpc.Core;

namespace AuthSidecar.Envoy.ExtProc;

/// <summary>
/// Envoy's external processor (ext_proc): observes each exchange and reports its usage. It neither blocks nor changes traffic: in
/// observability mode it sends no answers, otherwise only CONTINUE. Body modes in which Envoy forwards only returned bodies fail the call:
/// an error is better than a response without its body.
/// </summary>
internal sealed partial class ObserverService(
    LiveOptions<PolicySet> policies,
    ObserverUsageReporter usage,
    ObserverMetrics metrics,
    DecisionGuard guard,
    TimeProvider time,
    ILogger<ObserverService> logger
) : ProcessorServiceBase
{
    private int _warnings;

    [Flags]
    private enum Warnings
    {
        Waits = 1,
        NeedsBodies = 2,
        LacksHeaders = 4,
    }

    public override async Task Process(
        IAsyncStreamReader<ProcessingMessage> requests,
        IServerStreamWriter<ProcessingResponse> answers,
        ServerCallContext context
    )
    {
        using var observation = new StreamObservation(policies, time.GetUtcNow(), facts => guard.Accepts(facts, "ext_proc", context.Peer));
        metrics.Open();
        try
        {
            await ObserveAsync(requests, answers, observation);
        }
        catch (UnsupportedBodyModeException)
        {
            WarnOnce(Warnings.NeedsBodies);
            throw new RpcException(new(StatusCode.FailedPrecondition, "The observer sends no bodies back: set observability_mode: true."));
        }
        catch (Exception fault)
        {
            // Envoy or this process ended the call before the end of the response; usage seen so far is reported.
            LogCut(fault);
        }
        finally
        {
            Report(observation);
            metrics.Close();
        }
    }

    private async Task ObserveAsync(
        IAsyncStreamReader<ProcessingMessage> requests,
        IServerStreamWriter<ProcessingResponse> answers,
        StreamObservation observation
    )
    {
        while (await requests.MoveNext(CancellationToken.None))
        {
            using var message = requests.Current;
            Take(observation, message);
            if (!message.IsObservability)
            {
                if (message.NeedsBodies)
                {
                    throw new UnsupportedBodyModeException();
                }

                WarnOnce(Warnings.Waits);
                await answers.WriteAsync(Continue(message.Part));
            }
            else if (observation.HasEnded)
            {
                // Envoy would keep the idle call open until its deferred_close_timeout.
                return;
            }
        }
    }

    // An error must not end the call: Envoy may be waiting for answers.
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

    private void Report(StreamObservation observation)
    {
        try
        {
            usage.Report(observation);
        }
        catch (Exception fault)
        {
            LogFault(fault);
        }
    }

    private static ProcessingResponse Continue(ProcessingPart part) =>
        part switch
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
            case Warnings.NeedsBodies:
                LogNeedsBodies();
                break;
            default:
                LogLacksHeaders();
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Observed stream ended early; reporting the usage seen so far.")]
    private partial void LogCut(Exception fault);

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Observing a response failed; its usage may be incomplete, its traffic is not affected."
    )]
    private partial void LogFault(Exception fault);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Envoy waits for the observer on each message, which adds latency. Set observability_mode: true in its ext_proc filter."
    )]
    private partial void LogWaits();

    [LoggerMessage(
        Level = LogLevel.Error,
        Message = "Envoy's ext_proc filter uses body mode FULL_DUPLEX_STREAMED or GRPC, so its requests fail. Set observability_mode: "
            + "true, and request_body_mode and response_body_mode to STREAMED."
    )]
    private partial void LogNeedsBodies();

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Envoy sends response bodies without headers; not reading them. Set response_header_mode: SEND in its ext_proc filter."
    )]
    private partial void LogLacksHeaders();

    private sealed class UnsupportedBodyModeException : Exception;
}
