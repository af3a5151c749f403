using System.CommandLine;
using System.CommandLine.Completions;

namespace AuthSidecar.Tests.Administration.Commands;

/// <summary>Every visible command, as a row of a Markdown table.</summary>
internal static class CommandsTable
{
    public static string Render(RootCommand root) =>
        "| Command | What |\n|---|---|\n"
        + string.Concat(Leaves(root).Select(leaf => $"| `{Usage(leaf.Path, leaf.Command)}` | {leaf.Command.Description} |\n"));

    public static IEnumerable<(string Path, Command Command)> Leaves(Command command, string path = "") =>
        command
            .Subcommands.Where(child => !child.Hidden)
            .SelectMany(
                IEnumerable<(string, Command)> (child) =>
                    [
                        .. child.Action is not null ? [($"{path}{child.Name}", child)] : Array.Empty<(string, Command)>(),
                        .. Leaves(child, $"{path}{child.Name} "),
                    ]
            );

    private static string Usage(string path, Command command) =>
        string.Join(
                ' ',
                [path, .. command.Arguments.Select(argument => argument.HelpName ?? argument.Name), .. command.Options.Select(Usage)]
            )
            .Replace("|", "\\|", StringComparison.Ordinal);

    private static string Usage(Option option)
    {
        var words = option.GetCompletions(CompletionContext.Empty).Select(completion => completion.Label).ToList();
        var value = option.ValueType == typeof(bool) ? "" : $" {option.HelpName ?? string.Join('|', words)}";
        var repeatable = option.ValueType.IsArray ? "…" : "";
        return option.Required ? $"{option.Name}{value}{repeatable}" : $"[{option.Name}{value}]{repeatable}";
    }
}
