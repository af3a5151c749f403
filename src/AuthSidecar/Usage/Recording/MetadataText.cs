using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Collections;
using Google.Protobuf.WellKnownTypes;

namespace AuthSidecar.Usage.Recording;

/// <summary>Metadata as a JSON object with sorted members.</summary>
internal static class MetadataText
{
    /// <summary>Member with the user agent.</summary>
    public const string UserAgentName = "request_user_agent";

    /// <param name="metadata">Each a <c>google.protobuf.Value</c>.</param>
    /// <param name="userAgent">Replaces the member of its name; empty: none.</param>
    /// <param name="skipped">Number of entries that have no JSON form: other messages, non-finite numbers, or too deep.</param>
    public static string Of(MapField<string, Any> metadata, string userAgent, out int skipped)
    {
        var members = new SortedDictionary<string, string>(StringComparer.Ordinal);
        skipped = 0;
        foreach (var (name, any) in metadata)
        {
            if (TryRead(any) is { } json)
            {
                members[name] = json;
            }
            else
            {
                skipped++;
            }
        }

        if (userAgent.Length > 0)
        {
            members[UserAgentName] = Text(json => json.WriteStringValue(userAgent));
        }

        return Text(json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in members)
            {
                json.WritePropertyName(name);
                json.WriteRawValue(value, skipInputValidation: true);
            }

            json.WriteEndObject();
        });
    }

    private static string? TryRead(Any any)
    {
        try
        {
            return any.TryUnpack<Value>(out var value) ? Text(json => Write(json, value)) : null;
        }
        catch (Exception fault) when (fault is InvalidProtocolBufferException or ArgumentException)
        {
            return null;
        }
    }

    private static string Text(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(Utf8JsonWriter json, Value value)
    {
        switch (value.KindCase)
        {
            case Value.KindOneofCase.NumberValue:
                json.WriteNumberValue(value.NumberValue);
                break;
            case Value.KindOneofCase.StringValue:
                json.WriteStringValue(value.StringValue);
                break;
            case Value.KindOneofCase.BoolValue:
                json.WriteBooleanValue(value.BoolValue);
                break;
            case Value.KindOneofCase.StructValue:
                json.WriteStartObject();
                foreach (var (name, member) in value.StructValue.Fields)
                {
                    json.WritePropertyName(name);
                    Write(json, member);
                }

                json.WriteEndObject();
                break;
            case Value.KindOneofCase.ListValue:
                json.WriteStartArray();
                foreach (var item in value.ListValue.Values)
                {
                    Write(json, item);
                }

                json.WriteEndArray();
                break;
            default:
                json.WriteNullValue();
                break;
        }
    }
}
