using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>A sidecar's console behind Envoy with the shipped <c>envoy/console.yaml</c>: TLS, a public name, and a trusted proxy.</summary>
internal sealed class ConsoleEdge : IAsyncDisposable
{
    /// <summary>Host of <c>Console:PublicUrl</c>.</summary>
    public const string Host = "keys.example.com";

    private readonly DirectoryInfo _directory;
    private readonly EnvoyServer _envoy;

    private ConsoleEdge(DirectoryInfo directory, ConsoleHost console, EnvoyServer envoy, string serverKeyHash) =>
        (_directory, Console, _envoy, ServerKeyHash) = (directory, console, envoy, serverKeyHash);

    public ConsoleHost Console { get; }

    /// <summary>Base64 SHA-256 of the public key of Envoy's certificate.</summary>
    public string ServerKeyHash { get; }

    public int HttpsPort => _envoy.Port("console_https");
    public int HttpPort => _envoy.Port("console_http");

    /// <summary>Waits for an entry of Envoy's access log.</summary>
    public Task<string> WaitForLogAsync(string part) => _envoy.WaitForLogAsync(line => line.Contains(part, StringComparison.Ordinal));

    /// <param name="release">The Envoy.</param>
    /// <param name="console">The console, started with <see cref="Settings"/>; disposed with this.</param>
    public static async Task<ConsoleEdge> StartAsync(EnvoyRelease release, ConsoleHost console)
    {
        var directory = Directory.CreateTempSubdirectory("console-edge-");
        using var authority = new TestAuthority("console");
        authority.WriteServer(Path.Combine(directory.FullName, "tls.crt"), Path.Combine(directory.FullName, "tls.key"));
        var shipped = Repository.Text("envoy", "console.yaml").Replace("/etc/envoy/tls", directory.FullName, StringComparison.Ordinal);
        var config = EnvoyConfig.OnPorts(shipped, (9902, 0), (443, 0), (80, 0), (9003, console.Address.Port));
        var envoy = await EnvoyServer.StartAsync(release, config);
        await envoy.WaitUntilHealthyAsync("authsidecar_console");
        return new(directory, console, envoy, authority.ServerKeyHash);
    }

    /// <summary>The guide's settings for a console behind a proxy.</summary>
    public static void Settings(JsonObject settings, params string[] trusted) =>
        settings[nameof(Console)] = new JsonObject
        {
            ["PublicUrl"] = $"https://{Host}",
            ["TrustedProxies"] = new JsonArray([.. trusted.Select(proxy => (JsonNode)proxy)]),
        };

    /// <summary>A browser whose connections lead to Envoy, under the public name.</summary>
    /// <param name="from">Its own address.</param>
    public WebBrowser Open(string from = "127.0.0.1") => Open(new($"https://{Host}"), HttpsPort, from, ServerKeyHash);

    public WebBrowser OpenHttp() => Open(new($"http://{Host}"), HttpPort, "127.0.0.1");

    /// <summary>A browser whose connections from an address lead to a port of this machine.</summary>
    /// <param name="address">What the browser shows.</param>
    /// <param name="port">Where its connections lead.</param>
    /// <param name="from">Its own address.</param>
    /// <param name="keyHash">The only public key that it accepts; empty: plain http.</param>
    public static WebBrowser Open(Uri address, int port, string from, string keyHash = "") =>
        new(
            address,
            handler: new()
            {
                AllowAutoRedirect = false,
                UseCookies = false,
                ConnectCallback = async (_, cancellationToken) =>
                {
                    var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                    socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
                    await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                },
                SslOptions = new SslClientAuthenticationOptions
                {
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                        certificate is not null && TestAuthority.KeyHash(certificate) == keyHash,
                },
            }
        );

    public async ValueTask DisposeAsync()
    {
        await _envoy.DisposeAsync();
        await Console.DisposeAsync();
        _directory.Delete(recursive: true);
    }
}
