using System.Net.Security;
using System.Net.Sockets;
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
    public async Task TlsWithClientCa_AnswersOnlyItsClients()
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
        GrpcChannel.ForAddress(
            sidecar.Check,
            new()
            {
                HttpHandler = new SocketsHttpHandler
                {
                    SslOptions = new SslClientAuthenticationOptions
                    {
                        RemoteCertificateValidationCallback = (_, certificate, _, _) => servers.Issued(certificate),
                        ClientCertificates = client is null ? null : [client.ClientCertificate],
                    },
                },
            }
        );
}
