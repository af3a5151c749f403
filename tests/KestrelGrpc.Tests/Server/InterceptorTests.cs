using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Testing;
using KestrelGrpc.Tests.Hosting;
using KestrelGrpc.Tests.Interop;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace KestrelGrpc.Tests.Server;

public class InterceptorTests
{
    [Theory]
    [InlineData("unary")]
    [InlineData("client streaming")]
    [InlineData("server streaming")]
    [InlineData("duplex")]
    public async Task EveryKindOfCall_MeetsThoseOfAllServicesAndThenItsOwn(string kind)
    {
        var trace = new Trace();
        await using var server = await StartAsync(trace);
        using var channel = server.Connect();

        await CallAsync(kind, new TestService.TestServiceClient(channel));

        Assert.Equal(["all+", "given argument+", "own+", "own-", "given argument-", "all-"], trace.Lines);
    }

    [Fact]
    public async Task Interceptor_MayRefuse()
    {
        await using var server = await GrpcServer.StartAsync(app => app.MapGrpcService<TestServiceImpl>(), options => options.Interceptors.Add<Refusing>());
        using var channel = server.Connect();

        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty()).ResponseAsync);

        Assert.Equal(StatusCode.PermissionDenied, exception.StatusCode);
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 2)]
    public async Task RegisteredInterceptor_KeepsItsLifetime(bool singleton, int made)
    {
        var trace = new Trace();
        await using var server = await GrpcServer.StartAsync(
            app => app.MapGrpcService<TestServiceImpl>(),
            options => options.Interceptors.Add<Own>(),
            services =>
            {
                services.AddSingleton(trace);
                services.Add(new ServiceDescriptor(typeof(Own), typeof(Own), singleton ? ServiceLifetime.Singleton : ServiceLifetime.Scoped));
            });
        using var channel = server.Connect();

        await new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty());
        await new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty());

        Assert.Equal(made, trace.Made);
    }

    [Fact]
    public void WhatIsNoInterceptor_IsRefused() =>
        Assert.Throws<ArgumentException>(() => new Grpc.AspNetCore.Server.InterceptorCollection().Add(typeof(string)));

    private static Task<GrpcServer> StartAsync(Trace trace) => GrpcServer.StartAsync(
        app => app.MapGrpcService<TestServiceImpl>(),
        options =>
        {
            options.Interceptors.Add<All>();
            options.Interceptors.Add<WithArgument>("given argument");
        },
        services =>
        {
            services.AddSingleton(trace);
            services.AddGrpc().AddServiceOptions<TestServiceImpl>(options => options.Interceptors.Add<Own>());
        });

    private static async Task CallAsync(string kind, TestService.TestServiceClient client)
    {
        switch (kind)
        {
            case "unary":
                await client.EmptyCallAsync(new Empty());
                break;
            case "client streaming":
                using (var call = client.StreamingInputCall())
                {
                    await call.RequestStream.CompleteAsync();
                    await call;
                }

                break;
            case "server streaming":
                using (var call = client.StreamingOutputCall(new StreamingOutputCallRequest()))
                {
                    Assert.False(await call.ResponseStream.MoveNext());
                }

                break;
            default:
                using (var call = client.FullDuplexCall())
                {
                    await call.RequestStream.CompleteAsync();
                    Assert.False(await call.ResponseStream.MoveNext());
                }

                break;
        }
    }

    internal sealed class Trace
    {
        private readonly List<string> _lines = [];

        public IEnumerable<string> Lines => _lines;

        public int Made { get; set; }

        public async Task<T> AroundAsync<T>(string name, Func<Task<T>> call)
        {
            _lines.Add(name + "+");
            var result = await call();
            _lines.Add(name + "-");
            return result;
        }

        public async Task AroundAsync(string name, Func<Task> call)
        {
            _lines.Add(name + "+");
            await call();
            _lines.Add(name + "-");
        }
    }

    internal abstract class Tracing(Trace trace, string name) : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            trace.AroundAsync(name, () => continuation(request, context));

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation) =>
            trace.AroundAsync(name, () => continuation(requestStream, context));

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation) => trace.AroundAsync(name, () => continuation(request, responseStream, context));

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation) => trace.AroundAsync(name, () => continuation(requestStream, responseStream, context));
    }

    internal sealed class All(Trace trace) : Tracing(trace, "all");

    internal sealed class WithArgument(Trace trace, string argument) : Tracing(trace, argument);

    internal sealed class Own : Tracing
    {
        public Own(Trace trace)
            : base(trace, "own")
        {
            trace.Made++;
        }
    }

    internal sealed class Refusing : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
            throw new RpcException(new Status(StatusCode.PermissionDenied, "no"));
    }
}
