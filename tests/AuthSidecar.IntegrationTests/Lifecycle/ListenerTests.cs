using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Grpc.Core;
using Grpc.Net.Client;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Check on a unix socket, and over TLS with a client certificate.</summary>
public sealed class ListenerTests : IAsyncLifetime, IDisposable
{
    private readonly SidecarSandbox _sandbox = new();
    private string _token = "";

    private string Socket => Path.Combine(_sandbox.Root, "check.sock");

    public async Task InitializeAsync()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        _token = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task UnixSocket_IsAnsweredOn_AlsoAfterACrashLeftItBehind()
    {
        await using (var crashed = await SidecarProcess.StartAsync(_sandbox, "crashed", $"--Listen:Check=unix:{Socket}"))
        {
            Assert.Contains($" check=unix:{Socket} ", crashed.ReadyLine, StringComparison.Ordinal);
            crashed.Kill();
            await crashed.ExitAsync();
        }

        Assert.True(File.Exists(Socket));
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox, "sidecar", $"--Listen:Check=unix:{Socket}");
        using var client = new CheckClient(OverSocket());
        Assert.Equal("allow", await client.CheckAsync(_token));

        var (exitCode, _, errors) = await SidecarProcess.RunAsync(_sandbox, "serve", $"--Listen:Check=unix:{Socket}");
        Assert.Equal(1, exitCode);
        Assert.Contains(Socket, errors, StringComparison.Ordinal);
        Assert.Equal("allow", await client.CheckAsync(_token));
    }

    [Fact]
    public async Task OtherFileAtTheSocketPath_IsNotOverwritten()
    {
        await File.WriteAllTextAsync(Socket, "precious");

        var (exitCode, _, errors) = await SidecarProcess.RunAsync(_sandbox, "serve", $"--Listen:Check=unix:{Socket}");

        Assert.Equal(1, exitCode);
        Assert.Contains(Socket, errors, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Socket));
    }

    [Theory]
    [InlineData("Check")]
    [InlineData("Companion")]
    public async Task SocketWithoutItsDirectory_IsALineThatNamesIt(string listener)
    {
        var directory = Path.Combine(_sandbox.Root, "missing");

        var (exitCode, _, errors) = await SidecarProcess.RunAsync(_sandbox, "serve", $"--Listen:{listener}=unix:{directory}/a.sock");

        Assert.Equal(1, exitCode);
        Assert.Contains($"the directory {directory} does not exist", errors, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PathTooLongForASocket_IsAnErrorWithoutATrace()
    {
        var path = Path.Combine(_sandbox.Root, new string('a', 120));

        var (exitCode, output, errors) = await SidecarProcess.RunAsync(_sandbox, "serve", $"--Listen:Check=unix:{path}");

        Assert.Contains(exitCode, new[] { 1, 78 });
        Assert.DoesNotContain("   at ", output + errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TlsWithClientCa_AnswersOnlyItsClients_AndRefusalsLeaveALine()
    {
        using var retired = new TestAuthority("our old one");
        using var authority = new TestAuthority("ours");
        using var stranger = new TestAuthority("a stranger's");
        var tls = new System.Text.Json.Nodes.JsonObject
        {
            ["Certificate"] = Path.Combine(_sandbox.Root, "server.crt"),
            ["Key"] = Path.Combine(_sandbox.Root, "server.key"),
            ["ClientCa"] = _sandbox.WriteSecret("ca.crt", retired.Pem + authority.Pem),
        };
        authority.WriteServer($"{tls["Certificate"]}", $"{tls["Key"]}");
        _sandbox.Settings["Listen"]!["Tls"] = tls;
        _sandbox.Save();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);

        Assert.Contains(" check=https://127.0.0.1:", " " + sidecar.ReadyLine, StringComparison.Ordinal);
        using var client = new CheckClient(OverTls(sidecar, authority, authority));
        Assert.Equal("allow", await client.CheckAsync(_token));
        using var anonymous = new CheckClient(OverTls(sidecar, authority, null));
        await Assert.ThrowsAsync<RpcException>(() => anonymous.CheckAsync(_token));
        using var other = new CheckClient(OverTls(sidecar, authority, stranger));
        await Assert.ThrowsAsync<RpcException>(() => other.CheckAsync(_token));
        Assert.Single((sidecar.Output + sidecar.Errors).Split('\n'), line =>
            line.Contains("Connections from 127.0.0.1:", StringComparison.Ordinal)
            && line.Contains("(no certificate) closed", StringComparison.Ordinal)
        );
        Assert.True((await SamplesAsync(sidecar.Console))["""authsidecar_peers_refused_total{reason="issuer"}"""] >= 2);
    }

    [Fact]
    public async Task ClientCertificate_NamesNoAddressThatTheSidecarCalls()
    {
        using var authority = new TestAuthority("ours");
        using var stranger = new TestAuthority("a stranger's");
        using var trap = new TcpListener(IPAddress.Loopback, 0);
        trap.Start();
        var tls = new System.Text.Json.Nodes.JsonObject
        {
            ["Certificate"] = Path.Combine(_sandbox.Root, "server.crt"),
            ["Key"] = Path.Combine(_sandbox.Root, "server.key"),
            ["ClientCa"] = _sandbox.WriteSecret("ca.crt", authority.Pem),
        };
        authority.WriteServer($"{tls["Certificate"]}", $"{tls["Key"]}");
        _sandbox.Settings["Listen"]!["Tls"] = tls;
        _sandbox.Save();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var client = stranger.ClientOfIssuerAt(new($"http://{trap.LocalEndpoint}/ca.crt"));

        using var checks = new CheckClient(OverTlsWith(sidecar, authority, client));

        await Assert.ThrowsAsync<RpcException>(() => checks.CheckAsync(_token));
        Assert.False(trap.Pending());
    }

    [Fact]
    public async Task CertificateIsReplacedWhileItRuns_AndABadPairIsNot()
    {
        using var old = new TestAuthority("old");
        using var next = new TestAuthority("next");
        var (certificate, key) = (Path.Combine(_sandbox.Root, "server.crt"), Path.Combine(_sandbox.Root, "server.key"));
        old.WriteServer(certificate, key);
        _sandbox.Settings["Listen"]!["Tls"] = new System.Text.Json.Nodes.JsonObject { ["Certificate"] = certificate, ["Key"] = key };
        _sandbox.Save();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var before = new CheckClient(OverTls(sidecar, old, null));
        Assert.Equal("allow", await before.CheckAsync(_token));

        next.WriteServer(certificate, key);
        await Eventually.TrueAsync(async () => await IsAnsweredAsync(sidecar, next), "new connections get the new certificate");
        Assert.Equal("allow", await before.CheckAsync(_token));

        await File.WriteAllTextAsync(certificate, old.Pem);
        await Eventually.TrueAsync(
            () => Task.FromResult((sidecar.Output + sidecar.Errors).Contains("Files of Listen:Tls rejected", StringComparison.Ordinal)),
            "the bad pair leaves a line"
        );
        Assert.True(await IsAnsweredAsync(sidecar, next));
        Assert.Contains("""authsidecar_tls_expiry_timestamp_seconds{certificate="server"}""", (await SamplesAsync(sidecar.Console)).Keys);
    }

    [Fact]
    public async Task Probe_ServesProbesAndMetricsAlone()
    {
        using var authority = new TestAuthority("ours");
        var (certificate, key) = (Path.Combine(_sandbox.Root, "server.crt"), Path.Combine(_sandbox.Root, "server.key"));
        authority.WriteServer(certificate, key);
        await using var sidecar = await SidecarProcess.StartAsync(
            _sandbox,
            "sidecar",
            "--Listen:Probe=http://0.0.0.0:0",
            $"--Listen:Tls:Certificate={certificate}",
            $"--Listen:Tls:Key={key}"
        );
        var address = new Uri($"http://127.0.0.1:{sidecar.ListenerAddress("probe").Port}");
        using var http = new HttpClient { BaseAddress = address };

        Assert.Equal("ok\n", await http.GetStringAsync("/livez"));
        Assert.StartsWith("ready\n", await http.GetStringAsync("/readyz"), StringComparison.Ordinal);
        Assert.Contains("authsidecar_build_info", (await SamplesAsync(address)).Keys.Select(name => name.Split('{')[0]));
        foreach (
            var path in new[]
            {
                "/",
                "/ui",
                "/ui/login",
                "/device",
                "/api/me",
                "/api/openapi.json",
                "/auth/login",
                "/oauth/device/code",
                "/.well-known/jwks.json",
            }
        )
        {
            using var answer = await http.GetAsync(path);
            Assert.Equal((path, 404), (path, (int)answer.StatusCode));
        }
    }

    private async Task<bool> IsAnsweredAsync(SidecarProcess sidecar, TestAuthority servers)
    {
        using var client = new CheckClient(OverTls(sidecar, servers, null));
        try
        {
            return await client.CheckAsync(_token) == "allow";
        }
        catch (RpcException)
        {
            return false;
        }
    }

    private static async Task<IReadOnlyDictionary<string, double>> SamplesAsync(Uri address)
    {
        using var http = new HttpClient();
        return Exposition.Parse(await http.GetStringAsync(new Uri(address, "/metrics"))).Samples;
    }

    private GrpcChannel OverSocket() =>
        GrpcChannel.ForAddress(
            "http://localhost",
            new()
            {
                HttpHandler = new SocketsHttpHandler
                {
                    ConnectCallback = async (_, cancellationToken) =>
                    {
                        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Socket), cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                },
            }
        );

    private static GrpcChannel OverTls(SidecarProcess sidecar, TestAuthority servers, TestAuthority? client) =>
        OverTlsWith(sidecar, servers, client?.ClientCertificate);

    private static GrpcChannel OverTlsWith(SidecarProcess sidecar, TestAuthority servers, X509Certificate2? client) =>
        GrpcChannel.ForAddress(
            sidecar.Check,
            new()
            {
                HttpHandler = new SocketsHttpHandler
                {
                    SslOptions = new SslClientAuthenticationOptions
                    {
                        RemoteCertificateValidationCallback = (_, certificate, _, _) => servers.Issued(certificate),
                        // Offline: this side fetches no issuer either.
                        ClientCertificateContext = client is null ? null : SslStreamCertificateContext.Create(client, null, offline: true),
                    },
                },
            }
        );
}
