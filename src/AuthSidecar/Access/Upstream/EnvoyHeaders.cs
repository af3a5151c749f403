namespace AuthSidecar.Access.Upstream;

/// <summary>
/// Headers by which Envoy is told what to do with a request: how often to repeat it, how long to wait, what to count it as.
/// </summary>
/// <remarks>
/// https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter#config-http-filters-router-headers-consumed
/// </remarks>
internal static class EnvoyHeaders
{
    public const string Prefix = "x-envoy-";

    /// <summary>
    /// True for a lower-case name that no client may send on. Envoy's own facts about a request, which it sets before it asks, instruct
    /// nothing and stay.
    /// </summary>
    public static bool Instruct(ReadOnlySpan<char> name) =>
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
