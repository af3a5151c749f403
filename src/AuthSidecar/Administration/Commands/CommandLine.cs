using System.CommandLine;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Commands;

/// <summary>The words of the program: one line a group of commands.</summary>
internal static class CommandLine
{
    public static Option<string?> Config { get; } =
        new("--config")
        {
            Description = "Settings file; else authsidecar.json of the working directory, else the defaults.",
            HelpName = "FILE",
            Recursive = true,
        };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document.", Recursive = true };

    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        // Settings are no options: the parser could not know their names.
        var words = CommandArguments.Of(arguments);
        return CommandInvocation.RunAsync(Parse, words.Rest.Contains(Json.Name), environment, cancellationToken);

        ParseResult Parse() =>
            words.Errors.Count > 0
                ? throw CommandFailure.WrongWords(string.Join('\n', words.Errors))
                : Build(environment, SettingsSource.OfProcess(words.ConfigFile, words.Overrides)).Parse(words.Rest);
    }

    internal static RootCommand Build(CommandEnvironment environment, SettingsSource source)
    {
        var commands = new StoreCommands(environment, source);
        var root = new RootCommand(
            "AuthSidecar decides for Envoy which requests may pass. Any setting can be given as --Section:Key=value."
        )
        {
            Config,
            Json,
            ServeCommand.Build(environment, source),
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
}
