using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Administration.Settings;

/// <summary>Result of loading: settings, or all errors.</summary>
/// <param name="Settings">Null exactly when there are errors.</param>
/// <param name="Errors">One line each: path, error and remedy.</param>
/// <param name="Warnings">One line each; valid but unsafe or ineffective settings.</param>
/// <param name="Files">All files that were read or searched for.</param>
internal sealed record SettingsResult(
    SidecarSettings? Settings,
    IReadOnlyList<string> Errors,
    IReadOnlyList<string> Warnings,
    SettingsFiles Files
);
