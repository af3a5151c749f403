using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.EnvoyFacts;

/// <summary>
/// Measures Envoy behaviour that the product relies on, on the newest and the oldest supported release: each with a scripted authorization
/// service, an upstream that echoes, and a client that sends raw bytes.
/// </summary>
public sealed class FactsServers : IAsyncLifetime
{
    private readonly Dictionary<EnvoyRelease, EnvoyServer> _envoys = [];

    internal ScriptedAuthz Authz { get; private set; } = null!;

    internal EchoUpstream Upstream { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Authz = await ScriptedAuthz.StartAsync();
        Upstream = await EchoUpstream.StartAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var envoy in _envoys.Values)
        {
            await envoy.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        await Authz.DisposeAsync();
    }

    internal async Task<EnvoyServer> EnvoyAsync(EnvoyRelease release)
    {
        if (!_envoys.TryGetValue(release, out var envoy))
        {
            var config = Repository.Text("tests", "AuthSidecar.IntegrationTests", "Envoy", "facts.yaml");
            _envoys[release] = envoy = await EnvoyServer.StartAsync(
                release,
                EnvoyConfig.OnPorts(config, (9001, Authz.Port), (9100, Upstream.Port))
            );
        }

        return envoy;
    }
}

[CollectionDefinition(Name)]
public sealed class FactsGroup : ICollectionFixture<FactsServers>
{
    public const string Name = "Envoy facts";
}
