using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>Settings without a file and without reloads; a change by a test is effective at once.</summary>
internal static class FixedSettings
{
    public static SettingsMonitor Of(SidecarSettings settings)
    {
        var source = new SettingsSource(null, new Dictionary<string, string>(), [], Path.GetTempPath());
        return new(source, new(settings, [], [], new()), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
    }
}
