using System.Text.Encodings.Web;
using System.Text.Json;

namespace AuthSidecar.Commands;

/// <summary>Prints what a command did: one JSON document for machines, or text for people.</summary>
internal sealed class CommandOutput(TextWriter output, bool isJson)
{
    private static readonly JsonSerializerOptions _options = new(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new UtcTimeConverter() },
    };

    public void Write<T>(T document, Action<TextWriter> forPeople)
    {
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(document, _options));
        }
        else
        {
            forPeople(output);
        }
    }

    public void WriteList<T>(IEnumerable<T> items, TextTable table) => Write(new { Items = items }, table.WriteTo);

    /// <summary>The one form of every error.</summary>
    public static void WriteFailure(TextWriter error, CommandFailure failure, bool isJson) =>
        error.WriteLine(isJson ? JsonSerializer.Serialize(new { Error = failure.Code, failure.Message }, _options) : failure.Message);
}
