using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Commands;

/// <summary>Dependencies of the commands on the process.</summary>
internal sealed class CommandEnvironment
{
    /// <summary>Throws a <see cref="CommandFailure"/> with all configuration errors.</summary>
    public Func<SettingsSource, SidecarSettings> LoadSettings { get; init; } = Load;

    public TextReader Input { get; init; } = Console.In;

    /// <summary>Asks for a secret on the terminal, without echo; null: there is no terminal.</summary>
    public Func<string, string?> Ask { get; init; } = Terminal.Ask;

    public TextWriter Output { get; init; } = Console.Out;
    public TextWriter Error { get; init; } = Console.Error;
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Reads a variable of the environment.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Columns of the terminal at standard error; 0: none, or one that shows no pictures.</summary>
    public Func<int> TerminalWidth { get; init; } = Terminal.Width;

    public CommandEnvironment With(TextWriter output, TextWriter error) =>
        new()
        {
            LoadSettings = LoadSettings,
            Input = Input,
            Ask = Ask,
            Output = output,
            Error = error,
            Time = Time,
            Variable = Variable,
            TerminalWidth = TerminalWidth,
        };

    private static SidecarSettings Load(SettingsSource source)
    {
        var loaded = SettingsLoader.Load(source with { DefersSecrets = true });
        return loaded.Settings ?? throw CommandFailure.ConfigurationError(string.Join('\n', loaded.Errors));
    }
}
