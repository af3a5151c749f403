using AuthSidecar.Configuration;

namespace AuthSidecar.Commands;

/// <summary>Where settings come from besides the environment.</summary>
/// <param name="ConfigFile">Value of <c>--config</c>, or null.</param>
/// <param name="Overrides">Words of the form <c>--Section:Key=value</c>.</param>
internal sealed record SettingsSource(string? ConfigFile, IReadOnlyList<string> Overrides);

/// <summary>What commands have of the world outside.</summary>
internal sealed class CommandEnvironment
{
    /// <summary>Throws a <see cref="CommandFailure"/> that names everything that is wrong.</summary>
    public required Func<SettingsSource, Settings> LoadSettings { get; init; }

    public TextWriter Output { get; init; } = Console.Out;
    public TextWriter Error { get; init; } = Console.Error;
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
