using AuthSidecar.Configuration;
using AuthSidecar.Hosting;
using AuthSidecar.Storage;

namespace AuthSidecar.Commands;

/// <summary><c>serve</c>: checks everything, listens, warms up, says where, and runs until it is told to stop.</summary>
internal static class ServeCommand
{
    public static async Task<int> RunAsync(SettingsSource source, TextWriter output, TextWriter error, CancellationToken cancellationToken)
    {
        var loaded = SettingsLoader.Load(source);
        if (loaded.Settings is null)
        {
            foreach (var problem in loaded.Errors)
            {
                await error.WriteLineAsync(problem);
            }

            return ExitCode.WrongConfiguration;
        }

        using var logging = LoggerFactory.Create(builder => LogOutput.Configure(builder, loaded.Settings.Telemetry));
        using var settings = new SettingsMonitor(source, loaded, TimeProvider.System, logging.CreateLogger<SettingsMonitor>());
        foreach (var warning in loaded.Warnings)
        {
            await error.WriteLineAsync($"warning: {warning}");
        }

        try
        {
            await using var sidecar = await Sidecar.StartAsync(settings, null, cancellationToken);
            await output.WriteLineAsync(sidecar.ReadyLine);
            await output.FlushAsync(cancellationToken);
            await sidecar.WaitForShutdownAsync(cancellationToken);
            return ExitCode.Done;
        }
        catch (StoreConfigurationException problem)
        {
            await error.WriteLineAsync(problem.Message);
            return ExitCode.WrongConfiguration;
        }
        catch (StoreUnavailableException problem)
        {
            await error.WriteLineAsync(problem.Message);
            return ExitCode.StoreUnreachable;
        }
        catch (IOException problem)
        {
            await error.WriteLineAsync(problem.Message);
            return ExitCode.Refused;
        }
    }
}
