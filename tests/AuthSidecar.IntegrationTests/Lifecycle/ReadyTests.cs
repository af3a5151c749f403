using AuthSidecar.TestSupport.Servers;
using AuthSidecar.V1;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.Net.Client;
using Grpc.Reflection.V1;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>A sidecar that has written <c>ready</c>.</summary>
public sealed class ReadyTests : IAsyncLifetime, IDisposable
{
    private readonly SidecarSandbox _sandbox = new();
    private SidecarProcess _sidecar = null!;

    public async Task InitializeAsync() => _sidecar = await SidecarProcess.StartAsync(_sandbox);

    public async Task DisposeAsync() => await _sidecar.DisposeAsync();

    public void Dispose() => _sandbox.Dispose();

    [Fact]
    public void StandardOutput_IsOneLineWithTheBoundAddresses()
    {
        Assert.Matches(
            @"^ready check=http://127\.0\.0\.1:[1-9]\d* companion=http://127\.0\.0\.1:[1-9]\d* console=http://127\.0\.0\.1:[1-9]\d*$",
            _sidecar.ReadyLine
        );
        Assert.Equal(_sidecar.ReadyLine, _sidecar.Output.Trim());
    }

    [Fact]
    public async Task Probes_ReportReady()
    {
        using var http = new HttpClient();

        Assert.Equal("ok\n", await http.GetStringAsync(new Uri(_sidecar.Console, "/livez")));
        Assert.Equal("ready\n", await http.GetStringAsync(new Uri(_sidecar.Console, "/readyz")));
        foreach (var probe in new[] { "/livez", "/readyz" })
        {
            using var head = await http.SendAsync(new(HttpMethod.Head, new Uri(_sidecar.Console, probe)));
            Assert.Equal((200, ""), ((int)head.StatusCode, await head.Content.ReadAsStringAsync()));
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("envoy.service.auth.v3.Authorization")]
    [InlineData("envoy.service.ext_proc.v3.ExternalProcessor")]
    [InlineData("envoy.service.accesslog.v3.AccessLogService")]
    [InlineData("authsidecar.v1.Authorizer")]
    [InlineData("authsidecar.v1.Recorder")]
    public async Task Health_IsServingOnBothListeners(string service)
    {
        foreach (var transport in new[] { _sidecar.Check, _sidecar.Companion })
        {
            using var channel = GrpcChannel.ForAddress(transport);

            Assert.Equal(ServingStatus.Serving, (await new Health.HealthClient(channel).CheckAsync(new() { Service = service })).Status);
        }
    }

    [Theory]
    [InlineData(null, StatusCode.Unauthenticated)]
    [InlineData("Bearer wrong", StatusCode.Unauthenticated)]
    [InlineData(SidecarSandbox.ServiceCredential, StatusCode.Unauthenticated)]
    [InlineData("Bearer " + SidecarSandbox.ServiceCredential, StatusCode.OK)]
    public async Task Companion_AnswersHoldersOfAServiceCredential(string? authorization, StatusCode expected)
    {
        using var channel = GrpcChannel.ForAddress(_sidecar.Companion);
        var headers = authorization is null ? [] : new Metadata { { "authorization", authorization } };
        using var call = new Authorizer.AuthorizerClient(channel).IsBudgetExceededAsync(
            new() { UserId = Guid.NewGuid().ToString() },
            headers
        );

        Assert.Equal(expected, await StatusOfAsync(call.ResponseAsync));
    }

    [Fact]
    public async Task EachListener_ServesOnlyItsOwn()
    {
        using var check = GrpcChannel.ForAddress(_sidecar.Check);
        using var companion = GrpcChannel.ForAddress(_sidecar.Companion);
        var headers = new Metadata { { "authorization", $"Bearer {SidecarSandbox.ServiceCredential}" } };
        using var atCheck = new Authorizer.AuthorizerClient(check).IsAuthorizedAsync(new() { Key = "x" }, headers);
        using var atCompanion = new global::Envoy.Service.Auth.V3.Authorization.AuthorizationClient(companion).CheckAsync(new(), headers);

        Assert.Equal(StatusCode.Unimplemented, await StatusOfAsync(atCheck.ResponseAsync));
        Assert.Equal(StatusCode.Unimplemented, await StatusOfAsync(atCompanion.ResponseAsync));
    }

    [Fact]
    public async Task Reflection_NamesTheCompanionsServicesAlone()
    {
        using var channel = GrpcChannel.ForAddress(_sidecar.Companion);
        using var call = new ServerReflection.ServerReflectionClient(channel).ServerReflectionInfo(
            new Metadata { { "authorization", $"Bearer {SidecarSandbox.ServiceCredential}" } }
        );
        await call.RequestStream.WriteAsync(new() { ListServices = "" });
        await call.RequestStream.CompleteAsync();
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None));

        var services = call.ResponseStream.Current.ListServicesResponse.Service.Select(service => service.Name).ToList();
        Assert.Equal(
            ["authsidecar.v1.Authorizer", "authsidecar.v1.Recorder", "grpc.health.v1.Health"],
            services.Order(StringComparer.Ordinal)
        );
    }

    private static async Task<StatusCode> StatusOfAsync(Task call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException refusal)
        {
            return refusal.StatusCode;
        }
    }
}
