using System.Diagnostics.Metrics;
using System.Reflection;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Version of the build, with the revision of its source if set: <c>1.2.3+revision</c>.</summary>
internal static class BuildInfo
{
    private static readonly string[] _parts = typeof(BuildInfo)
        .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!
        .InformationalVersion.Split('+', 2);

    public static string Version => _parts[0];

    /// <summary>Revision of the source, or null.</summary>
    public static string? Revision => _parts.ElementAtOrDefault(1);

    public static void Show(IMeterFactory meters)
    {
        KeyValuePair<string, object?>[] labels =
        [
            new("version", Version),
            .. _parts.Skip(1).Select(revision => new KeyValuePair<string, object?>("revision", revision)),
        ];
        meters
            .Create(MeterNames.Sidecar)
            .CreateObservableGauge(
                "authsidecar_build_info",
                () => new Measurement<int>(1, labels),
                null,
                "1, with the version and the revision of this build."
            );
    }
}
