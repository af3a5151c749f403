using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Deployment;

/// <summary>Envoy with the shipped envoy.yaml on other ports, before a scripted sidecar and an upstream that echoes.</summary>
internal sealed class ShippedServers : IAsyncDisposable
{
    // A port without a listener.
    private const int ClosedPort = 1;

    private ShippedServers(ScriptedAuthz sidecar, EchoUpstream upstream, EnvoyServer envoy)
    {
        Sidecar = sidecar;
        Upstream = upstream;
        Envoy = envoy;
    }

    public ScriptedAuthz Sidecar { get; }

    public EchoUpstream Upstream { get; }

    public EnvoyServer Envoy { get; }

    public int Port => Envoy.Port("edge_http");

    /// <param name="release">The Envoy release.</param>
    /// <param name="change">Changes the file; null: unchanged.</param>
    /// <param name="http2">The upstream speaks HTTP/2.</param>
    public static async Task<ShippedServers> StartAsync(EnvoyRelease release, Func<string, string>? change = null, bool http2 = false)
    {
        var sidecar = await ScriptedAuthz.StartAsync();
        var upstream = await EchoUpstream.StartAsync();
        EnvoyServer? envoy = null;
        try
        {
            var config = EnvoyConfig.OnPorts(
                EnvoyConfig.Patient((change ?? (text => text))(ShippedEnvoy.OverTcp)),
                (ShippedEnvoy.AdminPort, 0),
                (ShippedEnvoy.ListenerPort, 0),
                (ShippedEnvoy.CheckPort, sidecar.Port),
                (ShippedEnvoy.CloserPort, ClosedPort),
                (ShippedEnvoy.RelayPort, ClosedPort),
                (ShippedEnvoy.UpstreamPort, http2 ? upstream.Http2Port : upstream.Port)
            );
            envoy = await EnvoyServer.StartAsync(release, config);
            await envoy.WaitUntilHealthyAsync("authsidecar_check");
            return new(sidecar, upstream, envoy);
        }
        catch
        {
            await (envoy?.DisposeAsync() ?? ValueTask.CompletedTask);
            await upstream.DisposeAsync();
            await sidecar.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await Envoy.DisposeAsync();
        await Upstream.DisposeAsync();
        await Sidecar.DisposeAsync();
    }
}
