using System.Globalization;
using AuthSidecar.Storage;
using Spectre.Console;

namespace AuthSidecar.Demo;

/// <summary>The usage that was recorded, for people.</summary>
internal static class DemoUsageTable
{
    public static void Write(IAnsiConsole console, IReadOnlyList<DemoResult> results, DemoUsage usage)
    {
        console.WriteLine();
        var table = new Table { Border = TableBorder.Horizontal };
        table.AddColumn("[bold]Recorded[/]");
        table.AddColumn("[bold]Policy[/]");
        table.AddColumn("[bold]Mode[/]");
        table.AddColumn("[bold]Outcome[/]");
        table.AddColumn("[bold]Model[/]");
        table.AddColumn(new TableColumn("[bold]In[/]").RightAligned());
        table.AddColumn(new TableColumn("[bold]Out[/]").RightAligned());
        foreach (var (result, row) in results.Select(result => (result, usage.Of(result))))
        {
            if (row is not null)
            {
                table.AddRow([.. Cells(result, row).Select(Markup.Escape)]);
            }
        }

        console.Write(table);
        WriteSum(console, usage);
    }

    private static string[] Cells(DemoResult result, UsageRow row) =>
    [
        result.Request.Name,
        row.Policy ?? "",
        row.Mode ?? "",
        row.Reason ?? row.Outcome ?? "allowed",
        row.Model ?? "",
        row.InputTokens?.ToString(CultureInfo.InvariantCulture) ?? "",
        row.OutputTokens?.ToString(CultureInfo.InvariantCulture) ?? "",
    ];

    private static void WriteSum(IAnsiConsole console, DemoUsage usage)
    {
        console.MarkupLine(usage.Complaints.Count == 0
            ? string.Create(CultureInfo.InvariantCulture, $"[green]{usage.Decisions.Count} decisions, {usage.Rows.Count} rows[/]{(usage.HasEnvoy ? "." : "; without Envoy nobody tells what was answered.")}")
            : string.Create(CultureInfo.InvariantCulture, $"[bold red]{usage.Decisions.Count} decisions, {usage.Rows.Count} rows.[/]"));
        foreach (var complaint in usage.Complaints)
        {
            console.MarkupLine($"[red]{Markup.Escape(complaint)}.[/]");
        }
    }
}
