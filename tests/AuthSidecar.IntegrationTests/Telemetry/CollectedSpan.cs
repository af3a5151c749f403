using AuthSidecar.Envoy.Protobuf;

namespace AuthSidecar.IntegrationTests.Telemetry;

/// <summary>A received span; ids in lower-case hexadecimal.</summary>
internal sealed record CollectedSpan(
    string Service,
    string TraceId,
    string SpanId,
    string ParentSpanId,
    string Name,
    IReadOnlyDictionary<string, string> Attributes
)
{
    /// <summary>The spans of an <c>ExportTraceServiceRequest</c>.</summary>
    /// <remarks>https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto</remarks>
    public static IEnumerable<CollectedSpan> Read(byte[] message) =>
        from resource in OtlpFields.Of(message, 1)
        let service = OtlpFields.Attributes(OtlpFields.Of(resource, 1).Single(), 1).GetValueOrDefault("service.name", "")
        from scope in OtlpFields.Of(resource, 2)
        from span in OtlpFields.Of(scope, 2)
        select new CollectedSpan(service, Id(span, 1), Id(span, 2), Id(span, 4), OtlpFields.Text(span, 5), OtlpFields.Attributes(span, 9));

    private static string Id(byte[] span, int field) => Convert.ToHexStringLower(OtlpFields.Of(span, field).SingleOrDefault([]));
}

/// <summary>Fields of serialized messages, by number.</summary>
internal static class OtlpFields
{
    public static List<byte[]> Of(byte[] message, int field)
    {
        var found = new List<byte[]>();
        var reader = new ProtobufReader(message);
        while (reader.Read())
        {
            if (reader.Field == field)
            {
                found.Add(reader.Content.ToArray());
            }
        }

        return found;
    }

    public static string Text(byte[] message, int field) => System.Text.Encoding.UTF8.GetString(Of(message, field).SingleOrDefault([]));

    /// <summary>Attributes in a field; numbers as text.</summary>
    public static Dictionary<string, string> Attributes(byte[] message, int field) =>
        Of(message, field).ToDictionary(pair => Text(pair, 1), pair => Value(Of(pair, 2).Single()));

    private static string Value(byte[] value)
    {
        var reader = new ProtobufReader(value);
        var text = "";
        while (reader.Read())
        {
            text = reader.Field == 1 ? System.Text.Encoding.UTF8.GetString(reader.Content) : $"{reader.Number}";
        }

        return text;
    }
}
