using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Text.RegularExpressions;

namespace AuthSidecar.Commands;

/// <summary>The words of the program: one line a group of commands.</summary>
internal static partial class CommandLine
{
    public static Option<string?> Config { get; } = new("--config")
    {
        Description = "Settings file; else authsidecar.json of the working directory, else the defaults.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document.", Recursive = true };

    public static async Task<int> RunAsync(IReadOnlyCollection<string> arguments, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        // Settings are no options: the parser could not know their names.
        var overrides = arguments.Where(argument => SettingForm().IsMatch(argument)).ToList();
        var words = arguments.Where(argument => !SettingForm().IsMatch(argument)).ToList();
        var parsed = Build(environment, overrides).Parse(words);
        try
        {
            return Complaints(parsed) is { Count: > 0 } complaints
                ? throw CommandFailure.WrongWords(string.Join('\n', complaints))
                : await parsed.InvokeAsync(Invocation(environment), cancellationToken);
        }
        catch (Exception exception) when (CommandFailure.Of(exception) is { } failure)
        {
            CommandOutput.WriteFailure(environment.Error, failure, words.Contains(Json.Name));
            return failure.ExitCode;
        }
    }

    // The parser takes whatever follows an option as its value, even "--json": a forgotten value must not become a name or a scope.
    private static List<string> Complaints(ParseResult parsed) => parsed.Action is ParseErrorAction
        ? [.. parsed.Errors.Select(error => error.Message).Distinct()]
        : [.. parsed.Tokens.Zip(parsed.Tokens.Skip(1))
            .Where(pair => pair is ({ Type: TokenType.Option }, { Type: TokenType.Argument, Value: ['-', '-', ..] }))
            .Select(pair => $"Option '{pair.First.Value}' needs a value, not '{pair.Second.Value}'.")];

    private static RootCommand Build(CommandEnvironment environment, IReadOnlyList<string> overrides)
    {
        var commands = new StoreCommands(environment, overrides);
        return new("AuthSidecar decides for Envoy which requests may pass. Any setting can be given as --Section:Key=value.")
        {
            Config,
            Json,
            KeyCommands.Build(commands),
            UserCommands.Build(commands),
            MigrateCommand.Build(commands),
        };
    }

    // Signals belong to the host that a command may start, so the parser must not answer them; exceptions to the catch above.
    private static InvocationConfiguration Invocation(CommandEnvironment environment) => new()
    {
        Output = environment.Output,
        Error = environment.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };

    [GeneratedRegex("^--[A-Z][A-Za-z0-9_.:-]*=", RegexOptions.CultureInvariant)]
    private static partial Regex SettingForm();
}
