using OpenTelemetry;

namespace AuthSidecar.Telemetry;

/// <summary>Says when a collector does not take what it is sent, once in ten minutes at most, and when it does again.</summary>
internal sealed partial class ExportReport(TimeProvider time, ILogger<ExportReport> logger)
{
    private static readonly TimeSpan _interval = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private DateTimeOffset? _said;

    public ExportResult Note(string signal, ExportResult result)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (result == ExportResult.Success && _said is not null)
            {
                _said = null;
                LogTaken(signal);
            }
            else if (result == ExportResult.Failure && !(now - _said < _interval))
            {
                _said = now;
                LogLost(signal);
            }
        }

        return result;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The collector at Telemetry:OtlpEndpoint did not take {Signal}, which are lost; nothing else depends on it. Is the address right, and does it speak the protocol?")]
    private partial void LogLost(string signal);

    [LoggerMessage(Level = LogLevel.Information, Message = "The collector at Telemetry:OtlpEndpoint takes {Signal} again.")]
    private partial void LogTaken(string signal);
}
