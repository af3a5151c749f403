using AuthSidecar.Administration.Settings;
using AuthSidecar.Platform.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace AuthSidecar.Tests.Platform.Configuration;

/// <summary>Settings that come from no file and are never reloaded; what a test changes in them holds at once.</summary>
internal static class FixedSettings
{
    public static SettingsMonitor Of(SidecarSettings settings)
    {
        var source = new SettingsSource(null, new Dictionary<string, string>(), [], Path.GetTempPath());
        return new(source, new(settings, [], [], new()), TimeProvider.System, NullLogger<SettingsMonitor>.Instance);
    }
}
