using System.CommandLine;
using System.CommandLine.Help;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Commands;

/// <summary>The command line of the program, with one line for each group of commands.</summary>
internal static class CommandLine
{
    // A value may begin with @, as the end of an e-mail address does.
    private static readonly ParserConfiguration _withoutResponseFiles = new() { ResponseFileTokenReplacer = null };

    public static Option<string?> Config { get; } =
        new("--config")
        {
            Description = "Settings file. Default: authsidecar.json of the working directory, if it exists.",
            HelpName = "FILE",
            Recursive = true,
        };

    public static Option<bool> Json { get; } = new("--json") { Description = "Print one JSON document.", Recursive = true };

    public static Task<int> RunAsync(IReadOnlyList<string> arguments, CommandEnvironment environment, CancellationToken cancellationToken)
    {
        // Settings are not options of the parser, which would need all their names.
        var split = CommandArguments.Of(arguments);
        return CommandInvocation.RunAsync(Parse, split.Rest.Contains(Json.Name), environment, cancellationToken);

        ParseResult Parse() =>
            split.Errors.Count > 0
                ? throw CommandFailure.UsageError(string.Join('\n', split.Errors))
                : Build(environment, SettingsSource.OfProcess(split.ConfigFile, split.Overrides)).Parse(split.Rest, _withoutResponseFiles);
    }

    internal static RootCommand Build(CommandEnvironment environment, SettingsSource source)
    {
        var commands = new StoreCommands(environment, source);
        var root = new RootCommand("AuthSidecar authorizes requests for Envoy. Any setting can be given as --Section:Key=value.")
        {
            Config,
            Json,
            ServeCommand.Build(environment, source),
            KeyCommands.Build(commands),
            UserCommands.Build(commands),
            SessionCommands.Build(commands),
            DeviceCommands.Build(commands),
            GroupCommands.Build(commands),
            TenancyCommands.Tenants(commands),
            TenancyCommands.Apps(commands),
            TenancyCommands.Members(commands),
            BudgetCommands.Build(commands),
            PriceCommands.Build(commands),
            UsageCommands.Build(commands),
            ExplainCommand.Build(commands),
            AuditCommand.Build(commands),
            ConfigCommand.Create(source),
            MigrateCommand.Build(commands),
            LoginCommands.LogIn(environment),
            LoginCommands.LogOut(environment),
            LoginCommands.Token(environment),
            VersionCommand.Build(),
            CompletionCommand.Build(),
        };

        // No option here begins with a slash, as paths and subjects do.
        var help = root.Options.OfType<HelpOption>().Single();
        help.Aliases.Remove("/?");
        help.Aliases.Remove("/h");
        root.SetAction((_, cancellationToken) => ServeCommand.RunAsync(environment, source, cancellationToken));
        return root;
    }
}
