using AuthSidecar.Telemetry;
using Microsoft.Extensions.Logging.Console;

namespace AuthSidecar.Hosting;

/// <summary>Where messages of the process go: standard output, as JSON lines or as text.</summary>
internal static class LogOutput
{
    public static void Configure(ILoggingBuilder logging, TelemetryOptions telemetry)
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Error);

        // A line for each failed call, with what the caller wrote in it, and a stack trace for each message that cannot be read. Faults of services are in FaultLog.
        logging.AddFilter("Grpc", LogLevel.Warning);
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);

        // What logs must not wait for who reads the log.
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
