namespace AuthSidecar.Access.Upstream;

/// <summary>
/// Headers that control Envoy's routing of a request: retries, timeouts, statistics.
/// </summary>
/// <remarks>
/// https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#config-http-filters-router-headers-consumed
/// </remarks>
internal static class EnvoyHeaders
{
    public const string Prefix = "x-envoy-";

    /// <summary>
    /// True for the lower-case name of a control header, which a client must not send. Informational headers, which Envoy itself sets
    /// before the Check, are kept.
    /// </summary>
    public static bool IsControl(ReadOnlySpan<char> name) =>
        name.StartsWith(Prefix)
        && name
            is not (
                "x-envoy-external-address"
                or "x-envoy-internal"
                or "x-envoy-auth-partial-body"
                or "x-envoy-expected-rq-timeout-ms"
                or "x-envoy-attempt-count"
                or "x-envoy-downstream-service-cluster"
                or "x-envoy-downstream-service-node"
                or "x-envoy-peer-metadata"
                or "x-envoy-peer-metadata-id"
            );
}
