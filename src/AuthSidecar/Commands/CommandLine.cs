using System.CommandLine;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using AuthSidecar.Configuration;

namespace AuthSidecar.Commands;

/// <summary>The words of the program: one line a group of commands.</summary>
internal static class CommandLine
{
    public static Option<string?> Config { get; } = new("--config")
    {
        Description = "Settings file; else authsidecar.json of the working directory, else the defaults.",
        HelpName = "FILE",
        Recursive = true,
    };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document.", Recursive = true };

    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        // Settings are no options: the parser could not know their names.
        var words = CommandWords.Of(arguments);
        try
        {
            if (words.Errors.Count > 0)
            {
                throw CommandFailure.WrongWords(string.Join('\n', words.Errors));
            }

            var parsed = Build(environment, SettingsSource.OfProcess(words.ConfigFile, words.Overrides)).Parse(words.Rest);
            return Complaints(parsed) is { Count: > 0 } complaints
                ? throw CommandFailure.WrongWords(string.Join('\n', complaints))
                : await parsed.InvokeAsync(Invocation(environment), cancellationToken);
        }
        catch (Exception exception) when (CommandFailure.Of(exception) is { } failure)
        {
            CommandOutput.WriteFailure(environment.Error, failure, words.Rest.Contains(Json.Name));
            return failure.ExitCode;
        }
    }

    // The parser takes whatever follows an option as its value, even "--json": a forgotten value must not become a name or a scope.
    private static List<string> Complaints(ParseResult parsed) => parsed.Action is ParseErrorAction
        ? [.. parsed.Errors.Select(error => error.Message).Distinct()]
        : [.. parsed.Tokens.Zip(parsed.Tokens.Skip(1))
            .Where(pair => pair is ({ Type: TokenType.Option }, { Type: TokenType.Argument, Value: ['-', '-', ..] }))
            .Select(pair => $"Option '{pair.First.Value}' needs a value, not '{pair.Second.Value}'.")];

    internal static RootCommand Build(CommandEnvironment environment, SettingsSource source)
    {
        var commands = new StoreCommands(environment, source);
        var root = new RootCommand("AuthSidecar decides for Envoy which requests may pass. Any setting can be given as --Section:Key=value.")
        {
            Config,
            Json,
            ServeCommand.Build(environment, source),
            DemoCommand.Build(environment),
            DemoUpstreamCommand.Build(environment),
            KeyCommands.Build(commands),
            UserCommands.Build(commands),
            GroupCommands.Build(commands),
            TenancyCommands.Tenants(commands),
            TenancyCommands.Apps(commands),
            TenancyCommands.Members(commands),
            BudgetCommands.Build(commands),
            PriceCommands.Build(commands),
            UsageCommands.Build(commands),
            ExplainCommand.Build(commands),
            ConfigCommand.Create(source),
            MigrateCommand.Build(commands),
        };
        root.SetAction((_, cancellationToken) => ServeCommand.RunAsync(environment, source, cancellationToken));
        return root;
    }

    // Signals belong to the host that a command may start, so the parser must not answer them; exceptions to the catch above.
    private static InvocationConfiguration Invocation(CommandEnvironment environment) => new()
    {
        Output = environment.Output,
        Error = environment.Error,
        EnableDefaultExceptionHandler = false,
        ProcessTerminationTimeout = null,
    };
}
