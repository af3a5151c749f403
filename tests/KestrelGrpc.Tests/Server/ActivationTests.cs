using Grpc.Core;
using Grpc.Testing;
using KestrelGrpc.Tests.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Tests.Server;

/// <summary>Where services come from, call by call.</summary>
public class ActivationTests
{
    [Theory]
    [InlineData(ServiceLifetime.Singleton, 1, 0)]
    [InlineData(ServiceLifetime.Scoped, 3, 3)]
    [InlineData(ServiceLifetime.Transient, 3, 3)]
    [InlineData(null, 3, 3)]
    public async Task Service_IsMadeAsRegistered_AndDisposedOf(ServiceLifetime? lifetime, int made, int disposed)
    {
        var counts = new Counts();
        await using var server = await GrpcServer.StartAsync(
            app => app.MapGrpcService<CountedService>(),
            services: services =>
            {
                services.AddSingleton(counts);
                if (lifetime is not null)
                {
                    services.Add(new ServiceDescriptor(typeof(CountedService), typeof(CountedService), lifetime.Value));
                }
            });
        using var channel = server.Connect();
        var client = new TestService.TestServiceClient(channel);

        for (var i = 0; i < 3; i++)
        {
            await client.EmptyCallAsync(new Empty());
        }

        // The client has its answer a little before the server has cleaned up.
        Assert.True(SpinWait.SpinUntil(() => counts.Disposed == disposed, TimeSpan.FromSeconds(10)), $"{counts.Disposed} were disposed of.");
        Assert.Equal(made, counts.Made);
    }

    [Fact]
    public async Task ServiceThatCannotBeMade_IsUnknown()
    {
        await using var server = await GrpcServer.StartAsync(app => app.MapGrpcService<CountedService>());
        using var channel = server.Connect();

        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty()).ResponseAsync);

        Assert.Equal((StatusCode.Unknown, "Exception was thrown by handler."), (exception.StatusCode, exception.Status.Detail));
    }

    [Fact]
    public async Task WhatIsNoService_IsNotMapped()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() => GrpcServer.StartAsync(app => app.MapGrpcService<Counts>()));

        Assert.Contains("no gRPC service", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MapWithoutAdd_SaysWhatIsMissing()
    {
        using var app = WebApplication.CreateSlimBuilder().Build();

        var exception = Assert.Throws<InvalidOperationException>(() => app.MapGrpcService<CountedService>());

        Assert.Contains("AddGrpc", exception.Message, StringComparison.Ordinal);
    }

    internal sealed class Counts
    {
        private int _made;
        private int _disposed;

        public int Made => _made;

        public int Disposed => Volatile.Read(ref _disposed);

        public void Make() => Interlocked.Increment(ref _made);

        public void Dispose() => Interlocked.Increment(ref _disposed);
    }

    internal sealed class CountedService : TestService.TestServiceBase, IDisposable
    {
        private readonly Counts _counts;

        public CountedService(Counts counts)
        {
            counts.Make();
            _counts = counts;
        }

        public override Task<Empty> EmptyCall(Empty request, ServerCallContext context) => Task.FromResult(request);

        public void Dispose() => _counts.Dispose();
    }
}
