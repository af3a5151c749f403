using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Whether there can be a collector at the address that is given.</summary>
internal static class TelemetryRules
{
    private const string Path = "Telemetry:OtlpEndpoint";

    public static void Check(TelemetryOptions telemetry, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(telemetry.OtlpEndpoint, Path, problems) is not { } address)
        {
            return;
        }

        // Told without its text, which would hold a password.
        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            problems.Error(
                Path,
                "must be http://HOST:PORT or https://… without user info, query or fragment; what the collector wants to be shown "
                    + "goes into OTEL_EXPORTER_OTLP_HEADERS"
            );
        }
        else if (
            address.AbsolutePath.TrimEnd('/') is var path
            && (path.EndsWith("/v1/traces", StringComparison.Ordinal) || path.EndsWith("/v1/metrics", StringComparison.Ordinal))
        )
        {
            problems.Error(Path, "must be the address before /v1/traces and /v1/metrics, which are added for traces and metrics");
        }
    }
}
