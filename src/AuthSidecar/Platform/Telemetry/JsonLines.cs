using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>
/// Log lines in the schema of the decision log: <c>time</c>, <c>level</c>, <c>event</c>, then <c>category</c>, <c>message</c>, its fields
/// and <c>exception</c>.
/// </summary>
internal sealed class JsonLines(TimeProvider time) : ConsoleFormatter(FormatName)
{
    public const string FormatName = "authsidecar";

    private static readonly JsonNamingPolicy _names = JsonNamingPolicy.SnakeCaseLower;
    private static readonly HashSet<string> _reserved = ["time", "level", "event", "category", "message", "exception"];

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        if (StartFailures.AreReportedElsewhere(logEntry.Category, logEntry.Exception))
        {
            return;
        }

        var bytes = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(bytes))
        {
            Write(json, logEntry);
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }

    private void Write<TState>(Utf8JsonWriter json, in LogEntry<TState> entry)
    {
        var fields = entry.State as IEnumerable<KeyValuePair<string, object?>> ?? [];
        json.WriteStartObject();
        json.WriteString("time"u8, time.GetUtcNow());
        json.WriteString("level"u8, entry.LogLevel.ToString());
        json.WriteString("event"u8, fields.FirstOrDefault(field => field.Key == "event").Value as string ?? "log");
        json.WriteString("category"u8, entry.Category);
        json.WriteString("message"u8, entry.Formatter(entry.State, entry.Exception));
        var seen = new HashSet<string>(_reserved);
        foreach (var (key, value) in fields)
        {
            if (key != "{OriginalFormat}" && _names.ConvertName(key) is var name && seen.Add(name))
            {
                json.WritePropertyName(name);
                Write(json, value);
            }
        }

        if (entry.Exception is { } exception)
        {
            json.WriteString("exception"u8, exception.ToString());
        }

        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null:
                json.WriteNullValue();
                break;
            case bool flag:
                json.WriteBooleanValue(flag);
                break;
            case int or long or short or byte:
                json.WriteNumberValue(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
        }
    }
}
