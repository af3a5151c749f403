using System.CommandLine;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Commands;

/// <summary>Runs commands on the configured store, with or without a running sidecar.</summary>
internal sealed class StoreCommands(CommandEnvironment environment, SettingsSource source)
{
    public TimeProvider Time => environment.Time;

    /// <summary>A command on a store that exists.</summary>
    public Command Runs(Command command, Func<CommandContext, CancellationToken, Task> run) =>
        RunsUnprepared(command, async (context, cancellationToken) =>
        {
            await context.Store.PrepareExistingAsync(cancellationToken);
            await run(context, cancellationToken);
        });

    /// <summary>A command that may make the store.</summary>
    public Command RunsUnprepared(Command command, Func<CommandContext, CancellationToken, Task> run)
    {
        command.SetAction(
            async (arguments, cancellationToken) =>
            {
                using var actor = Actor.Use(new(ActorKind.Command, null, Environment.UserName));
                var settings = environment.LoadSettings(source);
                await using var store = StorageFeature.OpenStore(settings.Store, settings.DataDirectory, environment.Time);
                await using var bus = new CommandBus(settings, store, environment.Time);
                await RunAsync(new(arguments, settings, store, environment), run, cancellationToken);
                return ExitCode.Done;
            }
        );
        return command;
    }

    // With --json an error is one document, which names the store itself.
    private async Task RunAsync(
        CommandContext context,
        Func<CommandContext, CancellationToken, Task> run,
        CancellationToken cancellationToken
    )
    {
        var line = $"store: {context.Store.Name}";
        if (!context.IsJson)
        {
            await environment.Error.WriteLineAsync(line);
        }

        try
        {
            await run(context, cancellationToken);
        }
        catch (Exception exception) when (CommandFailure.Of(exception) is { } failure)
        {
            throw failure.On(context.Store.Name);
        }

        if (context.IsJson)
        {
            await environment.Error.WriteLineAsync(line);
        }
    }
}
