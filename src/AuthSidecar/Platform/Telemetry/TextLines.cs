using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Log lines for people: time, level, category and message, or the fields of a decision.</summary>
internal sealed class TextLines(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "authsidecar-text";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (StartFailures.AreReportedElsewhere(logEntry.Category, logEntry.Exception))
        {
            return;
        }

        var message = logEntry.Formatter(logEntry.State, logEntry.Exception).ReplaceLineEndings(" ");
        var category = logEntry.Category[(logEntry.Category.LastIndexOf('.') + 1)..];
        textWriter.WriteLine($"{Time(time.GetUtcNow())} {logEntry.LogLevel} {category}: {message}");
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine(exception.ToString());
        }
    }

    /// <summary>The text of a JSON line, with its line break. Values keep JSON's escapes, so a client's text adds no line.</summary>
    public static byte[] Of(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        using var document = JsonDocument.ParseValue(ref reader);
        var text = new StringBuilder();
        foreach (var field in document.RootElement.EnumerateObject())
        {
            text.Append(
                field.Name switch
                {
                    "time" => Time(field.Value.GetDateTimeOffset()),
                    "level" or "event" => $" {field.Value.GetString()}",
                    _ => $" {field.Name}={Value(field.Value)}",
                }
            );
        }

        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    private static string Value(JsonElement value) =>
        value.GetRawText() is var raw
        && value.ValueKind == JsonValueKind.String
        && raw.Length > 2
        && !raw.Contains(' ', StringComparison.Ordinal)
            ? raw[1..^1]
            : raw;

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);
}
