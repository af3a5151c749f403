using OpenTelemetry;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Logs that a collector refuses or does not answer, once in ten minutes at most, and that it accepts exports again.</summary>
internal sealed partial class ExportReport(TimeProvider time, ILogger<ExportReport> logger)
{
    private readonly OutageLog _outage = new(time, TimeSpan.FromMinutes(10));

    // The signal whose failure began the outage: another one that is accepted does not end it.
    private volatile string? _lost;

    public ExportResult Note(string signal, ExportResult result)
    {
        if (result == ExportResult.Failure)
        {
            _lost = _outage.IsDown ? _lost : signal;
            if (_outage.Fail())
            {
                LogLost(signal);
            }
        }
        else if (signal == _lost && _outage.Recover() is { } outage)
        {
            LogTaken(signal, outage.Duration, outage.Failures);
        }

        return result;
    }

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "The collector at Telemetry:OtlpEndpoint did not take {Signal}, which are lost; nothing else depends on it. Is the "
            + "address right, and does it speak the protocol?"
    )]
    private partial void LogLost(string signal);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "The collector at Telemetry:OtlpEndpoint takes {Signal} again after {Duration}; {Failures} exports failed."
    )]
    private partial void LogTaken(string signal, TimeSpan duration, long failures);
}
