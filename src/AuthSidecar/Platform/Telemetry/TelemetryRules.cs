using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Checks the address of the collector.</summary>
internal static class TelemetryRules
{
    private const string Path = "Telemetry:OtlpEndpoint";

    public static void Check(TelemetryOptions telemetry, ConfigurationErrors problems)
    {
        if (ValueRules.WebAddress(telemetry.OtlpEndpoint, Path, problems) is not { } address)
        {
            return;
        }

        // Reported without the address, which may hold a password.
        if (address.UserInfo.Length > 0 || address.Query.Length > 0 || address.Fragment.Length > 0)
        {
            problems.Error(
                Path,
                "must be http://HOST:PORT or https://… without user info, query or fragment; headers of the collector "
                    + "go into OTEL_EXPORTER_OTLP_HEADERS"
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
