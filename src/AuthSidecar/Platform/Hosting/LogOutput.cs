using AuthSidecar.Platform.Telemetry;
using Microsoft.Extensions.Logging.Console;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Log output: standard output, as JSON lines or as text.</summary>
internal static class LogOutput
{
    public static void Configure(ILoggingBuilder logging, TelemetryOptions telemetry)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Error);

        // The handler logs a line for each failed call, with the caller's text, and a stack trace for each malformed message. FaultLog logs
        // the exceptions of services.
        logging.AddFilter("Grpc", LogLevel.Warning);
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);

        // Logging must not block on a slow reader of the log.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        if (telemetry.LogFormat == LogFormat.Text)
        {
            logging.AddSimpleConsole(console =>
            {
                console.SingleLine = true;
                console.TimestampFormat = "HH:mm:ss.fff ";
            });
        }
        else
        {
            logging.AddJsonConsole(console =>
            {
                console.UseUtcTimestamp = true;
                console.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
            });
        }
    }
}
