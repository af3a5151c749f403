using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Settings;

/// <summary>What became of loading: settings, or every reason why not.</summary>
/// <param name="Settings">Null exactly when there are errors.</param>
/// <param name="Errors">One line each: the key's path, what is wrong and what to do.</param>
/// <param name="Warnings">One line each; what works but should not stay so.</param>
/// <param name="Files">Everything that was read or looked for.</param>
internal sealed record SettingsResult(
    SidecarSettings? Settings,
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> Warnings,
    SettingsFiles Files
);
