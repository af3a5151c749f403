using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Commands;

/// <summary>Dependencies of the commands on the process.</summary>
internal sealed class CommandEnvironment
{
    /// <summary>Throws a <see cref="CommandFailure"/> with all configuration errors.</summary>
    public Func<SettingsSource, SidecarSettings> LoadSettings { get; init; } = Load;

    public TextWriter Output { get; init; } = Console.Out;
    public TextWriter Error { get; init; } = Console.Error;
    public TimeProvider Time { get; init; } = TimeProvider.System;

    public CommandEnvironment With(TextWriter output, TextWriter error) =>
        new()
        {
            LoadSettings = LoadSettings,
            Output = output,
            Error = error,
            Time = Time,
        };

    private static SidecarSettings Load(SettingsSource source)
    {
        var loaded = SettingsLoader.Load(source);
        return loaded.Settings ?? throw CommandFailure.ConfigurationError(string.Join('\n', loaded.Errors));
    }
}
