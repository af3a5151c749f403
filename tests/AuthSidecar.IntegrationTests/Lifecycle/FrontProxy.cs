using AuthSidecar.IntegrationTests.Deployment;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Envoy with the shipped configuration before an echo upstream, with one or more sidecars.</summary>
internal sealed class FrontProxy : IAsyncDisposable
{
    private readonly EnvoyServer _envoy;

    private FrontProxy(EnvoyServer envoy, EchoUpstream upstream) => (_envoy, Upstream) = (envoy, upstream);

    public EchoUpstream Upstream { get; }

    public int Port => _envoy.Port("edge_http");

    public static async Task<FrontProxy> StartAsync(params SidecarProcess[] sidecars)
    {
        var upstream = await EchoUpstream.StartAsync();
        try
        {
            var config = WithEndpoints(
                EnvoyConfig.Patient(ShippedEnvoy.OfManyClients),
                [.. sidecars.Select(sidecar => sidecar.Check.Port)]
            );
            return new(
                await EnvoyServer.StartAsync(
                    EnvoyRelease.Newest,
                    EnvoyConfig.OnPorts(
                        config,
                        (ShippedEnvoy.AdminPort, 0),
                        (ShippedEnvoy.ListenerPort, 0),
                        (ShippedEnvoy.UpstreamPort, upstream.Port)
                    )
                ),
                upstream
            );
        }
        catch
        {
            await upstream.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _envoy.DisposeAsync();
        await Upstream.DisposeAsync();
    }

    private static string WithEndpoints(string config, IReadOnlyList<int> ports)
    {
        // Decisions and logs go to the same listener, by separate clusters.
        var line = config
            .Split('\n')
            .Distinct()
            .Single(line => line.Contains($"port_value: {ShippedEnvoy.CheckPort} ", StringComparison.Ordinal));
        return config.Replace(
            line,
            string.Join('\n', ports.Select(port => line.Replace($"{ShippedEnvoy.CheckPort}", $"{port}", StringComparison.Ordinal))),
            StringComparison.Ordinal
        );
    }
}
