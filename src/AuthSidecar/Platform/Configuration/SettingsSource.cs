using System.Collections;

namespace AuthSidecar.Platform.Configuration;

/// <summary>Where one process's settings come from, in rising precedence; fixed at its start and read again by each reload.</summary>
/// <param name="ConfigFile">The file asked for with <c>--config</c>, which must exist; null: the working directory's, if there is
/// one.</param>
/// <param name="Environment">The process's environment.</param>
/// <param name="Overrides">Words <c>--Section:Key=value</c>.</param>
/// <param name="WorkingDirectory">What relative paths are relative to.</param>
internal sealed record SettingsSource(
    string? ConfigFile,
    IReadOnlyDictionary<string, string> Environment,
    IReadOnlyList<string> Overrides,
    string WorkingDirectory
)
{
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
