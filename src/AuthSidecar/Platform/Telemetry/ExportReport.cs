using OpenTelemetry;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Logs failed exports to the collector, at most once in ten minutes, and their recovery.</summary>
internal sealed partial class ExportReport(TimeProvider time, ILogger<ExportReport> logger)
{
    private readonly OutageLog _outage = new(time, TimeSpan.FromMinutes(10));

    // The signal whose failure began the outage; only its own success ends it.
    private volatile string? _failedSignal;

    public ExportResult Note(string signal, ExportResult result)
    {
        if (result == ExportResult.Failure)
        {
            _failedSignal = _outage.IsDown ? _failedSignal : signal;
            if (_outage.Fail())
            {
                LogFailed(signal);
            }
        }
        else if (signal == _failedSignal && _outage.Recover() is { } outage)
        {
            LogRestored(signal, outage.Duration, outage.Failures);
        }

        return result;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Export of {Signal} to Telemetry:OtlpEndpoint failed; they are lost, requests are not affected. Check address and "
            + "protocol of the collector."
    )]
    private partial void LogFailed(string signal);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Export of {Signal} to Telemetry:OtlpEndpoint restored after {Duration}; {Failures} exports failed."
    )]
    private partial void LogRestored(string signal, TimeSpan duration, long failures);
}
