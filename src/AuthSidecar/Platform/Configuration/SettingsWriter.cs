using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Writes settings in the format of the file, with a mask for every secret.</summary>
internal static class SettingsWriter
{
    private static readonly JsonWriterOptions _options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write<T>(T settings)
        where T : class
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream, _options))
        {
            Write(writer, settings, SettingShape.Of<T>());
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    /// <summary>One value in the format of the file.</summary>
    public static void Write(Utf8JsonWriter writer, object? value, SettingShape shape)
    {
        switch (shape.Kind, value)
        {
            case (SettingKind.Secret, null):
                writer.WriteStringValue("");
                break;
            case (_, null):
                writer.WriteNullValue();
                break;
            case (SettingKind.Section, _):
                writer.WriteStartObject();
                foreach (var key in shape.Keys)
                {
                    writer.WritePropertyName(key.Name);
                    Write(writer, key.Get(value), key.Shape);
                }

                writer.WriteEndObject();
                break;
            case (SettingKind.Names, NameList { Values: { } values }):
                WriteMap(writer, values, shape);
                break;
            case (SettingKind.Map, IDictionary map):
                WriteMap(writer, map, shape);
                break;
            case (SettingKind.List or SettingKind.Names, IList list):
                writer.WriteStartArray();
                foreach (var item in list)
                {
                    Write(writer, item, shape.Item);
                }

                writer.WriteEndArray();
                break;
            case (SettingKind.Flag, bool flag):
                writer.WriteBooleanValue(flag);
                break;
            case (SettingKind.Number, int number):
                writer.WriteNumberValue(number);
                break;
            case (SettingKind.Amount, decimal amount):
                writer.WriteNumberValue(amount);
                break;
            case (SettingKind.Duration, TimeSpan duration):
                writer.WriteStringValue(Text(duration));
                break;
            case (SettingKind.Choice, _):
                writer.WriteStringValue(shape.NameFor(value));
                break;
            default:
                writer.WriteStringValue(CredentialMask.Of(value.ToString()!));
                break;
        }
    }

    private static void WriteMap(Utf8JsonWriter writer, IDictionary map, SettingShape shape)
    {
        writer.WriteStartObject();
        foreach (DictionaryEntry entry in map)
        {
            writer.WritePropertyName((string)entry.Key);
            Write(writer, entry.Value, shape.Element!);
        }

        writer.WriteEndObject();
    }

    /// <summary>A duration in the format of the file, with three decimals if they suffice.</summary>
    private static string Text(TimeSpan duration)
    {
        var text = duration.ToString("c", CultureInfo.InvariantCulture);
        return duration.Microseconds == 0 && duration.Nanoseconds == 0 && duration.Milliseconds != 0 ? text[..^4] : text;
    }
}
