using System.Text.Json;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Commands;

/// <summary>Prints the result of a command: one JSON document for machines, or text for people.</summary>
internal sealed class CommandOutput(TextWriter output, bool isJson)
{
    public void Write<T>(T document, Action<TextWriter> forPeople)
    {
        if (isJson)
        {
            output.WriteLine(JsonSerializer.Serialize(document, JsonFormat.Options));
        }
        else
        {
            forPeople(output);
        }
    }

    /// <summary>Prints text of another format, such as CSV.</summary>
    public void WriteText(string text) => output.Write(text);

    public void WriteList<T>(IEnumerable<T> items, TextTable table) => Write(new { Items = items }, table.WriteTo);

    /// <summary>Prints an error, in the format of all commands.</summary>
    public static void WriteFailure(TextWriter error, CommandFailure failure, bool isJson) =>
        error.WriteLine(
            (isJson, failure.Store) switch
            {
                (false, _) => string.Join('\n', failure.Message.Split('\n').Select(PlainText.Of)),
                (true, null) => JsonSerializer.Serialize(new { Error = failure.Code, failure.Message }, JsonFormat.Options),
                (true, { } store) => JsonSerializer.Serialize(
                    new
                    {
                        Error = failure.Code,
                        failure.Message,
                        Store = store,
                    },
                    JsonFormat.Options
                ),
            }
        );
}
