using AuthSidecar.Platform.Telemetry;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging.Console;

namespace AuthSidecar.Platform.Hosting;

/// <summary>Log output: standard output, as JSON lines or as text.</summary>
internal static class LogOutput
{
    public static void Configure(ILoggingBuilder logging, TelemetryOptions telemetry)
    {
        logging.SetMinimumLevel(LevelOf(telemetry.LogLevel));
        logging.AddFilter("Microsoft", Higher(LogLevel.Warning));
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Error);

        // Any level makes the server create an activity and a log scope for each request, which no line shows.
        logging.AddFilter("Microsoft.AspNetCore.Hosting.Diagnostics", LogLevel.None);

        // The handler logs a line for each failed call, with the caller's text, and a stack trace for each malformed message. FaultLog logs
        // the exceptions of services.
        logging.AddFilter("Grpc", Higher(LogLevel.Warning));
        logging.AddFilter("Grpc.AspNetCore.Server.ServerCallHandler", LogLevel.None);

        // Logging must not block on a slow reader of the log.
        logging.Services.Configure<ConsoleLoggerOptions>(console => console.QueueFullMode = ConsoleLoggerQueueFullMode.DropWrite);
        logging.Services.TryAddSingleton(TimeProvider.System);
        if (telemetry.LogFormat == LogFormat.Text)
        {
            logging
                .AddConsole(console => console.FormatterName = TextLines.FormatName)
                .AddConsoleFormatter<TextLines, ConsoleFormatterOptions>();
        }
        else
        {
            logging
                .AddConsole(console => console.FormatterName = JsonLines.FormatName)
                .AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>();
        }

        LogLevel Higher(LogLevel level) => level > LevelOf(telemetry.LogLevel) ? level : LevelOf(telemetry.LogLevel);
    }

    private static LogLevel LevelOf(LogThreshold threshold) =>
        threshold switch
        {
            LogThreshold.Debug => LogLevel.Debug,
            LogThreshold.Information => LogLevel.Information,
            LogThreshold.Warning => LogLevel.Warning,
            _ => LogLevel.Error,
        };
}
