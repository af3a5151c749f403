using System.CommandLine;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Commands;

/// <summary>Runs commands on the configured store, with or without a running sidecar.</summary>
internal sealed class StoreCommands(CommandEnvironment environment, SettingsSource source)
{
    public TimeProvider Time => environment.Time;

    public Command Runs(Command command, Func<CommandContext, CancellationToken, Task> run) =>
        RunsUnprepared(command, async (context, cancellationToken) =>
        {
            await context.Store.PrepareAsync(cancellationToken);
            await run(context, cancellationToken);
        });

    public Command RunsUnprepared(Command command, Func<CommandContext, CancellationToken, Task> run)
    {
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                using var actor = Actor.Use(new(ActorKind.Command, null, Environment.UserName));
                var settings = environment.LoadSettings(source);
                await using var store = StorageFeature.OpenStore(settings.Store, settings.DataDirectory, environment.Time);
                await using var bus = new CommandBus(settings, store, environment.Time);
                var output = new CommandOutput(environment.Output, arguments.GetValue(CommandLine.Json));
                await run(new(arguments, settings, store, output, environment), cancellationToken);
                return ExitCode.Done;
            }
        );
        return command;
    }
}
