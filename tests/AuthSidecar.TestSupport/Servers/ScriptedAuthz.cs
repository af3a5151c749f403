using System.Collections.Concurrent;
using Envoy.Service.Auth.V3;
using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ExtAuthzService = global::Envoy.Service.Auth.V3.Authorization;

namespace AuthSidecar.TestSupport.Servers;

/// <summary>An authorization service that answers by a script and keeps Envoy's requests.</summary>
internal sealed class ScriptedAuthz : IAsyncDisposable
{
    private readonly ConcurrentQueue<CheckRequest> _requests = new();
    private readonly HealthServiceImpl _health = new();
    private readonly WebApplication _app;

    private ScriptedAuthz()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenLocalhostAnyPort(HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        builder.Services.AddSingleton(_health);
        _app = builder.Build();
        _app.MapGrpcService<Service>();
        _app.MapGrpcService<HealthServiceImpl>();
        IsServing(true);
    }

    public int Port { get; private set; }

    /// <summary>The script. Null: every call ends in an RPC error.</summary>
    public Func<CheckRequest, ServerCallContext, CheckResponse> Answer { private get; set; } = Unscripted;

    public IReadOnlyList<CheckRequest> Requests => [.. _requests];

    /// <summary>The status that its health service reports for the authorization service.</summary>
    public void IsServing(bool serving) =>
        _health.SetStatus(
            ExtAuthzService.Descriptor.FullName,
            serving ? HealthCheckResponse.Types.ServingStatus.Serving : HealthCheckResponse.Types.ServingStatus.NotServing
        );

    public static async Task<ScriptedAuthz> StartAsync()
    {
        var authz = new ScriptedAuthz();
        await authz._app.StartAsync();
        authz.Port = authz._app.Services.Addresses()[0].Port;
        return authz;
    }

    public void Forget()
    {
        Answer = Unscripted;
        _requests.Clear();
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static CheckResponse Unscripted(CheckRequest request, ServerCallContext context) =>
        throw new RpcException(new Status(StatusCode.Unimplemented, "No script."));

    private sealed class Service(ScriptedAuthz authz) : ExtAuthzService.AuthorizationBase
    {
        public override Task<CheckResponse> Check(CheckRequest request, ServerCallContext context)
        {
            authz._requests.Enqueue(request);
            return Task.FromResult(authz.Answer(request, context));
        }
    }
}
