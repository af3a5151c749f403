using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Telemetry;

/// <summary>One trace through a real Envoy: its own spans and the sidecar's between them.</summary>
public sealed class EnvoyTraceTests : IDisposable
{
    private readonly SidecarSandbox _sandbox = new() { Wrapper = ["env", "OTEL_BSP_SCHEDULE_DELAY=100"] };

    public void Dispose() => _sandbox.Dispose();

    [Theory, NewestEnvoy, OldestEnvoy]
    public async Task TheSpanOfACheck_IsAChildOfEnvoys(EnvoyRelease release)
    {
        await using var collector = await Collector.StartAsync();
        await using var upstream = await EchoUpstream.StartAsync();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox, arguments: $"--Telemetry:OtlpEndpoint={collector.Grpc}");
        await using var envoy = await EnvoyServer.StartAsync(
            release,
            EnvoyConfig.OnPorts(
                Traced(ShippedEnvoy.OverTcp, collector.Grpc.Port),
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.CheckPort, sidecar.Check.Port),
                (ShippedEnvoy.UpstreamPort, upstream.Port)
            )
        );
        await envoy.WaitUntilHealthyAsync("authsidecar_check");

        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{envoy.Port("edge_http")}/app/path"));
        var decision = answer.Headers.GetValues("x-authsidecar-decision-id").Single();
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    collector.Spans.Any(span => span.Service == "envoy") && collector.Spans.Any(span => span.Service == "authsidecar")
                ),
            "spans of both"
        );

        var ours = Assert.Single(collector.Spans, span => span.Service == "authsidecar");
        Assert.Equal(decision, ours.Attributes["authsidecar.decision_id"]);
        await Eventually.TrueAsync(
            () =>
                Task.FromResult(
                    collector.Spans.Any(span => span.Service == "envoy" && span.SpanId == ours.ParentSpanId && span.TraceId == ours.TraceId)
                ),
            "Envoy's span above it"
        );
    }

    private static string Traced(string config, int port)
    {
        const string Anchor = "          stat_prefix: edge\n";
        const string Clusters = "  clusters:\n";
        Assert.Contains(Anchor, config, StringComparison.Ordinal);
        Assert.Contains(Clusters, config, StringComparison.Ordinal);
        return EnvoyConfig
            .Patient(config)
            .Replace(
                Anchor,
                Anchor
                    + """
                              tracing:
                                random_sampling: { value: 100 }
                                provider:
                                  name: envoy.tracers.opentelemetry
                                  typed_config:
                                    "@type": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig
                                    service_name: envoy
                                    grpc_service: { envoy_grpc: { cluster_name: collector } }

                    """,
                StringComparison.Ordinal
            )
            .Replace(
                Clusters,
                Clusters
                    + $$"""
                      - name: collector
                        type: STATIC
                        typed_extension_protocol_options:
                          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                            explicit_http_config: { http2_protocol_options: {} }
                        load_assignment:
                          cluster_name: collector
                          endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: {{port}} } } } }] }]

                    """,
                StringComparison.Ordinal
            );
    }
}
