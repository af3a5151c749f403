using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using Envoy.Data.AccessLog.V3;
using Envoy.Service.AccessLog.V3;
using Envoy.Service.Auth.V3;
using Envoy.Service.ExtProc.V3;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Clients that may call Check and report to it: holders of a secret, users of a socket, owners of a certificate.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class CheckLockTests : IAsyncLifetime, IDisposable
{
    private const string Today = "secret-of-this-day";
    private const string Yesterday = "secret-of-yesterday";
    private const string Metric = "authsidecar_peers_refused_total";
    private readonly SidecarSandbox _sandbox = new();
    private string _token = "";

    private string Path => System.IO.Path.Combine(_sandbox.Root, "check.sock");

    public async Task InitializeAsync()
    {
        await using var seeder = await KeySeeder.OpenAsync(_sandbox);
        await seeder.AddUserAsync("ada");
        _token = (await seeder.AddKeyAsync("ada", "apps:run")).Token;
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public async Task WithoutASecret_CheckRefuses_AndReportsAreAnErrorOfGrpc()
    {
        Lock();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        foreach (var secret in new[] { Today, Yesterday })
        {
            using var good = new CheckClient(GrpcChannel.ForAddress(sidecar.Check), With(secret));
            Assert.Equal("allow", await good.CheckAsync(_token));
        }

        Metadata[] wrong =
        [
            [],
            With("another"),
            With(""),
            With(Today + "x"),
            With(Today.ToUpperInvariant()),
            new() { { "authorization", Today } },
            new() { { "authorization", $"Bearer {Today}" }, { "authorization", $"Bearer {Today}" } },
        ];
        foreach (var headers in wrong)
        {
            using var other = new CheckClient(GrpcChannel.ForAddress(sidecar.Check), headers);

            // A complete denial; an RPC error could be turned into an Allow by failure_mode_allow.
            var answer = await other.AnswerAsync(_token);
            Assert.Equal(
                (14, CheckResponse.HttpResponseOneofCase.DeniedResponse, 503),
                (answer.Status.Code, answer.HttpResponseCase, (int)answer.DeniedResponse.Status.Code)
            );
            Assert.Equal(("deny", "internal_error", ""), (Fact(answer, "decision"), Fact(answer, "reason"), Fact(answer, "key_id")));
            Assert.Equal(32, Fact(answer, "mac").Length);
        }

        using var observed = new ExternalProcessor.ExternalProcessorClient(channel).Process();
        Assert.Equal(
            StatusCode.Unauthenticated,
            (await Assert.ThrowsAsync<RpcException>(() => observed.ResponseStream.MoveNext(CancellationToken.None))).StatusCode
        );
        using var logged = new AccessLogService.AccessLogServiceClient(channel).StreamAccessLogs();
        Assert.Equal(StatusCode.Unauthenticated, (await Assert.ThrowsAsync<RpcException>(() => logged.ResponseAsync)).StatusCode);
        var health = await new Health.HealthClient(channel).CheckAsync(new());
        Assert.Equal(HealthCheckResponse.Types.ServingStatus.Serving, health.Status);

        Assert.Equal(wrong.Length + 2, (await SamplesAsync(sidecar))[$$"""{{Metric}}{reason="secret"}"""]);
        var output = sidecar.Output + sidecar.Errors;
        Assert.Single(output.Split('\n'), line =>
            line.Contains("none of Listen:CheckSecrets", StringComparison.Ordinal) && line.Contains("127.0.0.1:", StringComparison.Ordinal)
        );
        Assert.DoesNotContain(Today, output, StringComparison.Ordinal);
        Assert.Equal(2, output.Split('\n').Count(line => line.Contains("\"decision_id\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Secret_IsRotatedWithoutARestart()
    {
        Lock();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var old = new CheckClient(GrpcChannel.ForAddress(sidecar.Check), With(Yesterday));
        using var next = new CheckClient(GrpcChannel.ForAddress(sidecar.Check), With("secret-of-tomorrow"));
        Assert.Equal(("allow", "internal_error"), (await old.CheckAsync(_token), await next.CheckAsync(_token)));

        _sandbox.WriteSecret("yesterday", "secret-of-tomorrow");

        await Eventually.TrueAsync(async () => await next.CheckAsync(_token) == "allow", "the new secret opens");
        Assert.Equal("internal_error", await old.CheckAsync(_token));
    }

    [Fact]
    public async Task ForgedReports_ChangeNoUsage_AlsoWithoutASecret()
    {
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);
        using var channel = GrpcChannel.ForAddress(sidecar.Check);
        var invented = new Struct();
        foreach (
            var (name, value) in new[]
            {
                ("decision_id", "0199aa00000070008000000000000001"),
                ("decision", "allow"),
                ("reason", ""),
                ("key_id", "victim000key"),
                ("subject", "victim"),
                ("auth_mode", "centralized"),
                ("policy", "app"),
                ("ws", "allow"),
                ("mac", new('0', 32)),
            }
        )
        {
            invented.Fields[name] = Value.ForString(value);
        }

        using (var call = new AccessLogService.AccessLogServiceClient(channel).StreamAccessLogs())
        {
            var entry = new HTTPAccessLogEntry
            {
                CommonProperties = new()
                {
                    AccessLogType = AccessLogType.DownstreamPeriodic,
                    Metadata = new() { FilterMetadata = { ["envoy.filters.http.ext_authz"] = invented } },
                },
            };
            var end = entry.Clone();
            end.CommonProperties.AccessLogType = AccessLogType.DownstreamEnd;
            await call.RequestStream.WriteAsync(new() { HttpLogs = new() { LogEntry = { Enumerable.Repeat(entry, 30).Append(end) } } });
            await call.RequestStream.CompleteAsync();
            await call.ResponseAsync;
        }

        using (var call = new ExternalProcessor.ExternalProcessorClient(channel).Process())
        {
            await call.RequestStream.WriteAsync(
                new()
                {
                    ObservabilityMode = true,
                    MetadataContext = new() { FilterMetadata = { ["envoy.filters.http.ext_authz"] = invented } },
                    ResponseHeaders = new()
                    {
                        EndOfStream = true,
                        Headers = new()
                        {
                            Headers =
                            {
                                new global::Envoy.Config.Core.V3.HeaderValue
                                {
                                    Key = ":status",
                                    RawValue = Google.Protobuf.ByteString.CopyFromUtf8("200"),
                                },
                            },
                        },
                    },
                }
            );
            Assert.False(await call.ResponseStream.MoveNext(CancellationToken.None));
        }

        using var client = new CheckClient(sidecar);
        await client.CheckAsync(_token);
        await Eventually.TrueAsync(async () => (await RowsAsync()).Count > 0, "the row of a real decision is there");
        Assert.All(await RowsAsync(), row => Assert.NotEqual("victim000key", (string?)row!["keyId"]));
        var samples = await SamplesAsync(sidecar);
        Assert.Equal(
            (31.0, 1.0, 0.0),
            (
                samples["""authsidecar_reports_refused_total{reason="wrong",source="access_log"}"""],
                samples["""authsidecar_reports_refused_total{reason="wrong",source="ext_proc"}"""],
                samples.GetValueOrDefault("authsidecar_sockets_open")
            )
        );
    }

    [Theory]
    [InlineData("000")]
    [InlineData("022")]
    [InlineData("077")]
    public async Task SocketFile_IsForOwnerAndGroup_ForAnyUmask(string mask)
    {
        _sandbox.Wrapper = ["/bin/sh", "-c", $"umask {mask}; exec \"$@\"", "sh"];
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox, "sidecar", $"--Listen:Check=unix:{Path}");

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite,
            File.GetUnixFileMode(Path)
        );
        using var client = new CheckClient(OverSocket());
        Assert.Equal("allow", await client.CheckAsync(_token));
    }

    [Fact]
    public async Task UserWhoIsNotListed_IsNotAnswered()
    {
        await using var sidecar = await SidecarProcess.StartAsync(
            _sandbox,
            "sidecar",
            $"--Listen:Check=unix:{Path}",
            "--Listen:CheckPeers:0=4711"
        );
        using var client = new CheckClient(OverSocket());

        Assert.Equal(StatusCode.Unavailable, (await Assert.ThrowsAsync<RpcException>(() => client.CheckAsync(_token))).StatusCode);

        await Eventually.LoggedAsync(() => sidecar.Output + sidecar.Errors, "uid not in Listen:CheckPeers");
        Assert.True((await SamplesAsync(sidecar))[$$"""{{Metric}}{reason="peer"}"""] >= 1);
    }

    [RequiresTheory("root", "python3")]
    [InlineData("", 0)]
    [InlineData("--Listen:CheckPeers:0=65534", 9)]
    public async Task AnotherUser_ConnectsWhereItsUidIsListed_AndNowhereElse(string setting, int bytes)
    {
        const string Client = """
            import os, socket, sys
            os.setgroups([]), os.setgid(65534), os.setuid(65534)
            peer = socket.socket(socket.AF_UNIX)
            peer.connect(sys.argv[1])
            try:
                peer.sendall(b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n' + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0]))
                print(len(peer.recv(9)))
            except OSError:
                print(0)
            """;
        await using var sidecar = await SidecarProcess.StartAsync(
            _sandbox,
            "sidecar",
            [$"--Listen:Check=unix:{Path}", .. setting.Length > 0 ? new[] { setting } : []]
        );

        // So that the refusal does not come from the file modes.
        File.SetUnixFileMode(_sandbox.Root, File.GetUnixFileMode(_sandbox.Root) | UnixFileMode.OtherRead | UnixFileMode.OtherExecute);
        File.SetUnixFileMode(Path, File.GetUnixFileMode(Path) | UnixFileMode.OtherRead | UnixFileMode.OtherWrite);
        var (exitCode, output) = Programs.Run("python3", ["-c", Client, Path]);

        Assert.Equal((0, $"{bytes}\n"), (exitCode, output));
    }

    [Fact]
    public async Task ClientNames_AdmitOnlyMatchingCertificates()
    {
        using var authority = new TestAuthority("ours");
        var tls = new JsonObject
        {
            ["Certificate"] = System.IO.Path.Combine(_sandbox.Root, "server.crt"),
            ["Key"] = System.IO.Path.Combine(_sandbox.Root, "server.key"),
            ["ClientCa"] = _sandbox.WriteSecret("ca.crt", authority.Pem),
            ["ClientNames"] = new JsonArray("spiffe://mesh/envoy", "envoy.mesh", "common"),
        };
        authority.WriteServer($"{tls["Certificate"]}", $"{tls["Key"]}");
        _sandbox.Settings["Listen"]!["Tls"] = tls;
        _sandbox.Save();
        await using var sidecar = await SidecarProcess.StartAsync(_sandbox);

        foreach (
            var names in new string[][] { ["spiffe://mesh/envoy"], ["envoy.mesh"], ["other.mesh", "spiffe://mesh/other", "envoy.mesh"] }
        )
        {
            Assert.Equal("allow", await CheckAsync(sidecar, authority, authority.Client("someone", names)));
        }

        foreach (
            var names in new string[][]
            {
                [],
                ["other.mesh"],
                ["spiffe://mesh/envoy/evil"],
                ["spiffe://mesh/ENVOY"],
                ["a.envoy.mesh"],
                ["Envoy.mesh"],
            }
        )
        {
            await Assert.ThrowsAsync<RpcException>(() => CheckAsync(sidecar, authority, authority.Client("common", names)));
        }

        Assert.True((await SamplesAsync(sidecar))[$$"""{{Metric}}{reason="certificate"}"""] >= 6);
        await Eventually.LoggedAsync(() => sidecar.Output + sidecar.Errors, "closed: none of Listen:Tls:ClientNames");
    }

    [Fact]
    public async Task DelegationByCertificate_DoesNotStartWithUnverifiedCertificates()
    {
        _sandbox.Settings["Policies"]!["app"]!["Delegation"] = "mtls";
        _sandbox.Save();

        var (exitCode, _, errors) = await SidecarProcess.RunAsync(_sandbox, "serve");

        Assert.Equal(78, exitCode);
        Assert.Contains("Policies:app:Delegation: mtls trusts the principal", errors, StringComparison.Ordinal);
        await using var locked = await SidecarProcess.StartAsync(_sandbox, "locked", $"--Listen:Check=unix:{Path}");
    }

    private static Metadata With(string secret) => new() { { "authorization", $"Bearer {secret}" } };

    private static string Fact(CheckResponse answer, string name) => answer.DynamicMetadata.Fields[name].StringValue;

    private async Task<string> CheckAsync(SidecarProcess sidecar, TestAuthority servers, X509Certificate2 certificate)
    {
        using var client = new CheckClient(
            GrpcChannel.ForAddress(
                sidecar.Check,
                new()
                {
                    HttpHandler = new SocketsHttpHandler
                    {
                        SslOptions = new SslClientAuthenticationOptions
                        {
                            RemoteCertificateValidationCallback = (_, server, _, _) => servers.Issued(server),
                            ClientCertificates = [certificate],
                        },
                    },
                }
            )
        );
        return await client.CheckAsync(_token);
    }

    private static async Task<IReadOnlyDictionary<string, double>> SamplesAsync(SidecarProcess sidecar)
    {
        using var http = new HttpClient();
        return Exposition.Parse(await http.GetStringAsync(new Uri(sidecar.Console, "/metrics"))).Samples;
    }

    private void Lock()
    {
        _sandbox.Settings["Listen"]!["CheckSecrets"] = new JsonArray(
            $"file:{_sandbox.WriteSecret("today", Today)}",
            $"file:{_sandbox.WriteSecret("yesterday", Yesterday)}"
        );
        _sandbox.Save();
    }

    private async Task<JsonArray> RowsAsync() =>
        JsonNode.Parse((await SidecarProcess.RunAsync(_sandbox, "usage", "rows", "--json")).Output)!["items"]!.AsArray();

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
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path), cancellationToken);
                        return new NetworkStream(socket, ownsSocket: true);
                    },
                },
            }
        );
}
