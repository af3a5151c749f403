using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Reports;

/// <summary>JSON format of all reports.</summary>
internal static class ReportJson
{
    public static JsonSerializerOptions Options { get; } =
        new(JsonSerializerDefaults.Web)
        {
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            Converters = { new UtcTimeConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
}
