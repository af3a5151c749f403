namespace AuthSidecar.Platform.Telemetry;

/// <summary>Protocol of a collector by its address: OTLP over HTTP with a path or the registered port 4318, else over gRPC.</summary>
/// <remarks>https://opentelemetry.io/docs/specs/otlp/#otlphttp-request</remarks>
internal static class OtlpAddress
{
    private const int HttpPort = 4318;

    public static bool IsHttp(Uri address) => address.Port == HttpPort || address.AbsolutePath.Length > 1;

    /// <summary>The address of one signal over HTTP: <c>…/v1/traces</c>, <c>…/v1/metrics</c>.</summary>
    public static Uri Of(Uri address, string signal) => new($"{address.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
}
