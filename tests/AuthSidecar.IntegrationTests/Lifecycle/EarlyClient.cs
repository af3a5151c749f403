using Grpc.Health.V1;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Hosting;

namespace AuthSidecar.IntegrationTests.Lifecycle;

/// <summary>Probes the sidecar after all listeners are bound and before the warm-up begins.</summary>
internal sealed class EarlyClient : IHostedLifecycleService
{
    private IServer? _server;

    public string Saw { get; private set; } = "";

    public EarlyClient At(IServer server)
    {
        _server = server;
        return this;
    }

    /// <returns>The responses of <c>/readyz</c>, <c>/livez</c> and gRPC health.</returns>
    public static async Task<string> VisitAsync(string console, string check)
    {
        using var http = new HttpClient();
        using var ready = await http.GetAsync($"{console}/readyz");
        using var live = await http.GetAsync($"{console}/livez");
        using var channel = GrpcChannel.ForAddress(check);
        var health = await new Health.HealthClient(channel).CheckAsync(new());
        return $"{(int)ready.StatusCode} {(int)live.StatusCode} {health.Status}";
    }

    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        var addresses = _server!.Features.Get<IServerAddressesFeature>()!.Addresses.ToList();
        Saw = await VisitAsync(addresses[2], addresses[0]);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
