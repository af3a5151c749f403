using System.Globalization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Reports;

/// <summary>
/// Comma-separated values (RFC 4180): a header with the names of the JSON members, lines that end with CRLF, empty cells for unknown
/// values. Spreadsheets evaluate a cell that begins with <c>=</c>, <c>+</c>, <c>-</c> or <c>@</c> as a formula, and clients and upstreams
/// choose much of the text: such a text is prefixed with an apostrophe, which marks it as text, also
/// where a spreadsheet that separates by semicolons, tabs or line breaks begins a cell within it.
/// </summary>
internal static partial class Csv
{
    private const string NewLine = "\r\n";
    private const string Formulas = "=+-@\t\r\n＝＋－＠";

    public static string Write<T>(IEnumerable<T> items)
    {
        var columns = JsonFormat.Options.GetTypeInfo(typeof(T)).Properties;
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        text.Write(string.Join(',', columns.Select(column => column.Name)) + NewLine);
        foreach (var item in items)
        {
            text.Write(string.Join(',', columns.Select(column => Cell(column, item!))) + NewLine);
        }

        return text.ToString();
    }

    private static string Cell(JsonPropertyInfo column, object item) =>
        column.Get!(item) switch
        {
            null => "",
            bool value => value ? "true" : "false",
            DateTimeOffset time => UtcTimeConverter.Format(time),
            string text => Quoted(Inert(text)),
            var number => Convert.ToString(number, CultureInfo.InvariantCulture)!,
        };

    private static string Inert(string text)
    {
        var inner = InnerFormula().Replace(text, "'");
        return text.Length > 0 && Formulas.Contains(text[0], StringComparison.Ordinal) ? $"'{inner}" : inner;
    }

    [GeneratedRegex(@"(?<=[;\t\r\n])(?=[=+\-@＝＋－＠])")]
    private static partial Regex InnerFormula();

    private static string Quoted(string text) =>
        text.AsSpan().ContainsAny(",\"\r\n'") ? $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : text;
}
