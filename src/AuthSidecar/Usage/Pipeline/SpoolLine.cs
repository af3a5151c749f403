using System.Text.Json;
using System.Text.Json.Serialization;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>A usage report as a line of JSON without its null columns.</summary>
[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(UsageReport))]
[JsonSerializable(typeof(DeadLetter))]
internal sealed partial class SpoolLine : JsonSerializerContext
{
    public static string Of(UsageReport report) => JsonSerializer.Serialize(report, Default.UsageReport);

    /// <returns>Null when the line is not a complete report.</returns>
    public static UsageReport? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, Default.UsageReport) is { DecisionId.Length: > 0 } report ? report : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
