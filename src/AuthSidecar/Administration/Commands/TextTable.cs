using System.Globalization;

namespace AuthSidecar.Administration.Commands;

/// <summary>Aligned columns, separated by two spaces.</summary>
internal sealed class TextTable(params string[] header)
{
    private readonly List<string[]> _rows = [header];

    public static string Time(DateTimeOffset? time, string never) =>
        time is { } value ? value.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture) : never;

    public void Add(params string?[] row) => _rows.Add([.. row.Select(cell => string.IsNullOrEmpty(cell) ? "-" : PlainText.Of(cell))]);

    public void WriteTo(TextWriter writer)
    {
        var widths = Enumerable.Range(0, header.Length).Select(column => _rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in _rows.Where(row => row.Length > 0 && row.Any(cell => cell.Length > 0)))
        {
            writer.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
