using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AuthSidecar.BrowserTests.Clients;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Corpus;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.BrowserTests.Servers;

/// <summary>
/// One Envoy of each release before one application, a sidecar for each configuration of <see cref="Refusals"/>, and one browser, all
/// started on first use.
/// </summary>
public sealed class SocketServers : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("sockets-").FullName;
    private readonly Dictionary<EnvoyRelease, EnvoyServer> _envoys = [];
    private readonly Dictionary<string, SidecarHarness> _harnesses = [];
    private string _serverKeyHash = "";
    private Browser? _browser;
    private int _calls;

    internal EchoUpstream Upstream { get; private set; } = null!;

    private string CertificateFile => Path.Combine(_directory, "certificate.pem");

    private string KeyFile => Path.Combine(_directory, "key.pem");

    public async Task InitializeAsync()
    {
        using var authority = new TestAuthority("sockets");
        authority.WriteServer(CertificateFile, KeyFile);
        _serverKeyHash = authority.ServerKeyHash;
        Upstream = await EchoUpstream.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await (_browser?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var envoy in _envoys.Values)
        {
            await envoy.DisposeAsync();
        }

        foreach (var harness in _harnesses.Values)
        {
            await harness.DisposeAsync();
        }

        await Upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>For .NET clients: accepts only the certificate of the TLS listeners.</summary>
    internal bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is not null && TestAuthority.KeyHash(certificate) == _serverKeyHash;

    internal async Task<Browser> BrowserAsync() => _browser ??= await Browser.StartAsync(_serverKeyHash);

    /// <summary>Envoy with a sidecar under a configuration.</summary>
    /// <param name="release">The Envoy release.</param>
    /// <param name="settings">The configuration's name.</param>
    /// <param name="isEncrypted">Over TLS, with HTTP/2 by ALPN.</param>
    internal async Task<SocketEdge> EdgeAsync(EnvoyRelease release, string settings = "main", bool isEncrypted = false)
    {
        if (!_envoys.TryGetValue(release, out var envoy))
        {
            foreach (var name in Refusals.All.Select(row => row.Settings).Distinct().Except(_harnesses.Keys).ToList())
            {
                _harnesses[name] = await SidecarHarness.StartAsync(
                    name,
                    settings => SocketPolicies.AddTo(settings, Upstream.Port),
                    FaultyStep.AddTo
                );
            }

            var ports = _harnesses.ToDictionary(
                harness => harness.Key,
                harness => (harness.Value.CheckPort, harness.Value.CloserPort, harness.Value.RelayPort)
            );
            envoy = _envoys[release] = await EnvoyServer.StartAsync(
                release,
                SocketEnvoyConfig.Build(ports, Upstream.Port, CertificateFile, KeyFile)
            );
            foreach (var name in _harnesses.Keys)
            {
                await envoy.WaitUntilHealthyAsync(SocketEnvoyConfig.CheckOf(name));
            }
        }

        return new(
            envoy,
            envoy.Port(isEncrypted ? SocketEnvoyConfig.Encrypted(settings) : settings),
            isEncrypted,
            _harnesses[settings].Vocabulary
        );
    }

    /// <summary>A unique path under a policy, which identifies its entry in Envoy's log.</summary>
    internal string NewPath(string policy, string mode) => $"{SocketPolicies.PathOf(policy, mode)}/{Interlocked.Increment(ref _calls)}";
}

/// <summary>The client's input: an address and tokens.</summary>
internal sealed record SocketEdge(EnvoyServer Envoy, int Port, bool IsEncrypted, Vocabulary Vocabulary)
{
    /// <summary>A page of the same origin.</summary>
    public Uri Page => new($"{(IsEncrypted ? "https" : SocketPolicies.Http)}://127.0.0.1:{Port}/page");

    public string Socket(string pathAndQuery) => $"{(IsEncrypted ? "wss" : "ws")}://127.0.0.1:{Port}{pathAndQuery}";

    /// <summary>Envoy's access log entry of a WebSocket, written when it has ended.</summary>
    public async Task<JsonNode> LogAsync(string path) =>
        JsonNode.Parse(await Envoy.WaitForLogAsync(line => line.Contains($"\"{path}\"", StringComparison.Ordinal)))!;
}

[CollectionDefinition(Name)]
public sealed class SocketGroup : ICollectionFixture<SocketServers>
{
    public const string Name = "Sockets";
}
