using System.Globalization;

namespace AuthSidecar.Benchmarks;

/// <summary>A Markdown table, and its conclusions.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Printed below the table, one per line.</summary>
    public List<string> Results { get; } = [];

    public void Add(params object[] cells) => _rows.Add([.. cells.Select(cell => Convert.ToString(cell, CultureInfo.InvariantCulture)!)]);

    public override string ToString()
    {
        var widths = columns.Select((column, index) => _rows.Select(row => row[index].Length).Append(column.Length).Max()).ToArray();
        var lines = new List<string> { Line(columns, widths), $"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|" };
        lines.AddRange(_rows.Select(row => Line(row, widths)));
        return string.Join('\n', [.. lines, "", .. Results]);
    }

    private static string Line(string[] cells, int[] widths) =>
        $"| {string.Join(" | ", cells.Select((cell, index) => index == 0 ? cell.PadRight(widths[index]) : cell.PadLeft(widths[index])))} |";
}
