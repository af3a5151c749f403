using System.Text.Encodings.Web;
using System.Text.Json;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Demo.Workspace;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Demo.Output;

/// <summary>The results as one JSON document.</summary>
internal static class DemoJson
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static void Write(TextWriter output, IReadOnlyList<DemoResult> results, DemoUsage usage, SecretMasks masks) =>
        output.WriteLine(
            JsonSerializer.Serialize(
                new
                {
                    Items = results.Select(result => new
                    {
                        result.Request.Name,
                        Client = new
                        {
                            result.Exchange.Client.Status,
                            Headers = Hide(result.Exchange.Client.Headers, masks),
                            Body = masks.Hide(result.Exchange.Client.Body),
                        },
                        Upstream = result.Exchange.Upstream is { } headers ? new { Headers = Hide(headers, masks) } : null,
                        Ok = result.IsOk,
                    }),
                    Usage = usage.Rows.Select(Row),
                },
                _options
            )
        );

    private static object Row(UsageRow row) =>
        new
        {
            row.DecisionId,
            row.KeyId,
            row.Policy,
            row.Provider,
            row.Model,
            row.Mode,
            row.Decision,
            row.Reason,
            row.Status,
            row.Outcome,
            row.InputTokens,
            row.OutputTokens,
            row.Path,
        };

    private static SortedDictionary<string, string> Hide(IReadOnlyDictionary<string, string> headers, SecretMasks masks) =>
        new(headers.ToDictionary(header => header.Key, header => masks.Hide(header.Value)), StringComparer.Ordinal);
}
