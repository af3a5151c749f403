using System.Collections;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Sources of a process's settings, in rising precedence; fixed at start and read again by each reload.</summary>
/// <param name="ConfigFile">File of <c>--config</c>, which must exist; null: the optional file of the working directory.</param>
/// <param name="Environment">The process's environment.</param>
/// <param name="Overrides">Arguments <c>--Section:Key=value</c>.</param>
/// <param name="WorkingDirectory">Base of relative paths.</param>
internal sealed record SettingsSource(
    string? ConfigFile,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<string> Overrides,
    string WorkingDirectory
)
{
    /// <summary>
    /// True: a secret that cannot be read, outside section <c>Store</c>, is an error only where it is used. For commands, which are run
    /// without the sidecar's environment.
    /// </summary>
    public bool DefersSecrets { get; init; }

    public const string DefaultFile = "authsidecar.json";
    public const string Prefix = "AUTHSIDECAR_";

    public static SettingsSource OfProcess(string? configFile, IReadOnlyList<string> overrides) =>
        new(
            configFile,
            System
                .Environment.GetEnvironmentVariables()
                .Cast<DictionaryEntry>()
                .ToDictionary(entry => (string)entry.Key, entry => (string?)entry.Value ?? ""),
            overrides,
            Directory.GetCurrentDirectory()
        );

    public string FullPath(string path) => Path.GetFullPath(path, WorkingDirectory);
}
