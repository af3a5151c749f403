using System.Globalization;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Platform.Storage;
using Spectre.Console;

namespace AuthSidecar.Demo.Output;

/// <summary>The recorded usage as a table.</summary>
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
        var counts = FormattableString.Invariant($"{usage.Decisions.Count} decisions, {usage.Rows.Count} rows");
        var note = usage.HasEnvoy ? "." : "; without Envoy the answers of the upstream are not observed.";
        console.MarkupLine(usage.Complaints.Count == 0 ? $"[green]{counts}[/]{note}" : $"[bold red]{counts}.[/]");
        foreach (var complaint in usage.Complaints)
        {
            console.MarkupLine($"[red]{Markup.Escape(complaint)}.[/]");
        }
    }
}
