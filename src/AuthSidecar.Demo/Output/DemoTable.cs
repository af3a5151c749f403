using System.Globalization;
using AuthSidecar.Demo.Proxy;
using AuthSidecar.Demo.Requests;
using AuthSidecar.Demo.Workspace;
using Spectre.Console;

namespace AuthSidecar.Demo.Output;

/// <summary>The results as a table. Colours only on a terminal without NO_COLOR; cells wrap on a narrow one.</summary>
internal static class DemoTable
{
    private const int WidthOfAFile = 120;
    private const string Caller = "caller";
    private static readonly string[] _credentials = ["authorization", "x-api-key"];

    /// <param name="output">Receives the table.</param>
    /// <param name="results">The result of each request.</param>
    /// <param name="usage">The recorded usage.</param>
    /// <param name="envoy">The Envoy used, or why there is none.</param>
    /// <param name="masks">Hide the secrets.</param>
    public static void Write(TextWriter output, IReadOnlyList<DemoResult> results, DemoUsage usage, EnvoySearch envoy, SecretMasks masks)
    {
        var console = Console(output);
        console.MarkupLine(
            envoy.Path is { } path
                ? $"Through Envoy: {Markup.Escape($"{path} ({envoy.Reason})")}"
                : $"[bold yellow]Without Envoy:[/] {Markup.Escape(envoy.Reason)}. "
                    + "The same requests were made as Check calls over gRPC; those for the relay were sent to it directly."
        );
        var table = new Table { Border = TableBorder.Horizontal, ShowRowSeparators = true };
        table.AddColumn("[bold]Request[/]");
        table.AddColumn(envoy.Path is null ? "[bold]Envoy would answer[/]" : "[bold]The client got[/]");
        table.AddColumn(envoy.Path is null ? "[bold]The upstream would see[/]" : "[bold]The upstream saw[/]");
        table.AddColumn("");
        foreach (var result in results)
        {
            var verdict = result.IsOk ? "[green]ok[/]" : "[bold red]WRONG[/]";
            table.AddRow(Request(result.Request), Client(result, envoy.Path is not null), Upstream(result, masks), verdict);
        }

        console.Write(table);
        console.MarkupLine($"[grey]{Caller}-… stands for x-authsidecar-{Caller}-….[/]");
        WriteSum(console, results, masks);
        DemoUsageTable.Write(console, results, usage);
    }

    private static void WriteSum(IAnsiConsole console, IReadOnlyList<DemoResult> results, SecretMasks masks)
    {
        var wrong = results.Where(result => !result.IsOk).ToList();
        console.MarkupLine(
            wrong.Count == 0
                ? string.Create(CultureInfo.InvariantCulture, $"[green]All {results.Count} are as they should be.[/]")
                : string.Create(CultureInfo.InvariantCulture, $"[bold red]{wrong.Count} of {results.Count} are not as they should be.[/]")
        );
        foreach (var result in wrong)
        {
            console.MarkupLine($"[red]{Markup.Escape($"{result.Request.Name}: {masks.Hide(string.Join("; ", result.Complaints))}.")}[/]");
        }
    }

    private static IAnsiConsole Console(TextWriter output)
    {
        var isTerminal = ReferenceEquals(output, System.Console.Out) && !System.Console.IsOutputRedirected;
        var wantsColour = isTerminal && Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 };
        var console = AnsiConsole.Create(
            new AnsiConsoleSettings
            {
                Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
                ColorSystem = wantsColour ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
                Interactive = InteractionSupport.No,
                Enrichment = new() { UseDefaultEnrichers = false },
                Out = new AnsiConsoleOutput(output),
            }
        );
        if (!isTerminal)
        {
            console.Profile.Width = WidthOfAFile;
        }

        return console;
    }

    // A query may hold a token, so it is not shown.
    private static string Request(DemoCase request) =>
        $"{Markup.Escape(request.Name)}\n[grey]{Markup.Escape($"{request.Method} {request.Path.Split('?')[0]}")}[/]";

    private static string Client(DemoResult result, bool hasEnvoy)
    {
        var client = result.Exchange.Client;
        var outcome =
            client.Status >= 400 ? $"[yellow]{client.Status}[/]"
            : hasEnvoy ? $"[green]{client.Status}[/]"
            : "[green]allowed[/]";
        string?[] lines =
        [
            result.Exchange.Close is { } close
                ? FormattableString.Invariant($"{client.Status}, closed [yellow]{close.Code}[/] {Markup.Escape(close.Reason)}")
                : $"{outcome} {Markup.Escape(client.Reason ?? (client.Status >= 400 ? "by Envoy itself" : ""))}",
            client.DecisionId is { } decision ? $"[grey]{Markup.Escape(decision)}[/]" : null,
            result.Exchange.Note is { } note ? Markup.Escape(note) : null,
        ];
        return string.Join('\n', lines.OfType<string>());
    }

    private static string Upstream(DemoResult result, SecretMasks masks)
    {
        if (result.Exchange.Upstream is not { } upstream)
        {
            return "[grey]not called[/]";
        }

        var names = _credentials
            .Concat(result.Request.Expected.Upstream.Select(header => header.Key))
            .Distinct()
            .Where(name => upstream.ContainsKey(name) || IsCaller(name));
        return string.Join('\n', names.Select(name => Markup.Escape($"{Shorten(name)}: {Value(name)}")));

        string Value(string name) => upstream.TryGetValue(name, out var value) ? masks.Hide(value) : "not sent";
    }

    private static bool IsCaller(string name) => name.StartsWith($"x-authsidecar-{Caller}-", StringComparison.Ordinal);

    private static string Shorten(string name) => IsCaller(name) ? name["x-authsidecar-".Length..] : name;
}
