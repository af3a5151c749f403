using System.CommandLine;
using AuthSidecar.Administration.Composition;
using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Administration.Commands;

/// <summary><c>serve</c>: checks the configuration, listens, warms up, prints the addresses and runs until SIGTERM.</summary>
internal static partial class ServeCommand
{
    public static Command Build(CommandEnvironment environment, SettingsSource source)
    {
        var command = new Command("serve", "Check the configuration, listen, warm up and serve until SIGTERM; the default command.");
        command.SetAction((_, cancellationToken) => RunAsync(environment, source, cancellationToken));
        return command;
    }

    public static async Task<int> RunAsync(CommandEnvironment environment, SettingsSource source, CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(environment.Output, Console.Out))
        {
            return await ServeAsync(environment, source, cancellationToken);
        }

        StandardStreams.RedirectConsole();
        try
        {
            return await ServeAsync(environment.With(Console.Out, Console.Error), source, cancellationToken);
        }
        finally
        {
            StandardStreams.Flush();
        }
    }

    private static async Task<int> ServeAsync(CommandEnvironment environment, SettingsSource source, CancellationToken cancellationToken)
    {
        var loaded = SettingsLoader.Load(source);
        if (loaded.Settings is null)
        {
            throw CommandFailure.ConfigurationError(string.Join('\n', loaded.Errors));
        }

        foreach (var line in loaded.Warnings)
        {
            await environment.Error.WriteLineAsync($"warning: {line}");
        }

        using var logging = LoggerFactory.Create(builder => LogOutput.Configure(builder, loaded.Settings.Telemetry));
        var log = logging.CreateLogger("Start");
        if (DataDirectory.Prepare(loaded.Settings.DataDirectory) is { } warning)
        {
            LogProblem(log, warning);
        }

        using var settings = new SettingsMonitor(source, loaded, environment.Time, logging.CreateLogger<SettingsMonitor>());
        Sidecar? started = null;
        using var signals = new ProcessSignals(settings.ReloadNow, () => started?.EndDrain());
        try
        {
            await using var sidecar = started = await Sidecar.StartAsync(settings, null, cancellationToken);
            await environment.Error.WriteLineAsync($"store: {sidecar.Services.GetRequiredService<Store>().Name}");
            await environment.Output.WriteLineAsync(sidecar.ReadyLine);
            await environment.Output.FlushAsync(cancellationToken);
            await sidecar.WaitForShutdownAsync(cancellationToken);
            return ExitCode.Done;
        }
        catch (StartStoppedException)
        {
            return ExitCode.Done;
        }
        catch (IOException problem)
        {
            throw new CommandFailure(ExitCode.Refused, "cannot_listen", problem.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Problem}")]
    private static partial void LogProblem(ILogger logger, string problem);
}
