using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>A part as a line of JSON: what is unknown is left out.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(UsageRow))]
[JsonSerializable(typeof(DeadLetter))]
internal sealed partial class SpoolLine : JsonSerializerContext
{
    public static string Of(UsageRow part) => JsonSerializer.Serialize(part, Default.UsageRow);

    /// <returns>Null when it is no whole part.</returns>
    public static UsageRow? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Default.UsageRow) is { DecisionId.Length: > 0 } part ? part : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
