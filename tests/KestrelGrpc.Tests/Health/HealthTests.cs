using Grpc.Core;
using Grpc.Health.V1;
using Grpc.HealthCheck;
using KestrelGrpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using static Grpc.Health.V1.HealthCheckResponse.Types;

namespace KestrelGrpc.Tests.Health;

public class HealthTests
{
    private readonly HealthServiceImpl _health = new();

    [Fact]
    public async Task Check_TellsTheStatusOrNotFound()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        var client = new Grpc.Health.V1.Health.HealthClient(channel);
        _health.SetStatus("", ServingStatus.Serving);
        _health.SetStatus("a.Service", ServingStatus.NotServing);

        Assert.Equal(ServingStatus.Serving, (await client.CheckAsync(new HealthCheckRequest())).Status);
        Assert.Equal(ServingStatus.NotServing, (await client.CheckAsync(new HealthCheckRequest { Service = "a.Service" })).Status);

        _health.ClearAll();
        var exception = await Assert.ThrowsAsync<RpcException>(() => client.CheckAsync(new HealthCheckRequest()).ResponseAsync);
        Assert.Equal(StatusCode.NotFound, exception.StatusCode);
    }

    [Fact]
    public async Task Watch_TellsTheStatusNowAndItsChanges()
    {
        await using var server = await StartAsync();
        using var channel = server.Connect();
        using var watch = new Grpc.Health.V1.Health.HealthClient(channel).Watch(new HealthCheckRequest { Service = "a.Service" });

        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(watch));
        _health.SetStatus("a.Service", ServingStatus.Serving);
        Assert.Equal(ServingStatus.Serving, await NextAsync(watch));
        _health.SetStatus("another.Service", ServingStatus.NotServing);
        _health.SetStatus("a.Service", ServingStatus.Serving);
        _health.SetStatus("a.Service", ServingStatus.NotServing);
        Assert.Equal(ServingStatus.NotServing, await NextAsync(watch));
        _health.ClearStatus("a.Service");
        Assert.Equal(ServingStatus.ServiceUnknown, await NextAsync(watch));
    }

    private static async Task<ServingStatus> NextAsync(AsyncServerStreamingCall<HealthCheckResponse> watch)
    {
        Assert.True(await watch.ResponseStream.MoveNext().WaitAsync(TimeSpan.FromSeconds(20)));
        return watch.ResponseStream.Current.Status;
    }

    private Task<GrpcServer> StartAsync() =>
        GrpcServer.StartAsync(app => app.MapGrpcService<HealthServiceImpl>(), services: services => services.AddSingleton(_health));
}
