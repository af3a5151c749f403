using Grpc.Core;
using Grpc.Core.Interceptors;
using Grpc.Net.Client;
using Grpc.Testing;
using KestrelGrpc.Tests.Wire;

namespace KestrelGrpc.Tests.Client;

/// <summary>What the client sends.</summary>
public class RequestTests
{
    [Fact]
    public async Task Request_HasWhatTheProtocolAsksFor()
    {
        var (server, seen) = await RecordAsync();
        await using (server)
        {
            var headers = new Metadata { { "x-one", "1" }, { "x-two-bin", [0xFB, 0xFF] }, { "grpc-timeout", "1n" }, { "content-type", "forged" } };
            await server.FailAsync(new CallOptions(headers, DateTime.UtcNow.AddMinutes(1)));
        }

        Assert.Equal(("POST", WireServer.Unary.FullName, "HTTP/2"), (seen["method"], seen["path"], seen["protocol"]));
        Assert.Equal(("application/grpc", "trailers", "identity,gzip,deflate"), (seen["Content-Type"], seen["TE"], seen["grpc-accept-encoding"]));
        Assert.Equal(("1", "+/8"), (seen["x-one"], seen["x-two-bin"]));
        Assert.StartsWith("grpc-dotnet-", seen["User-Agent"], StringComparison.Ordinal);
        Assert.Matches("^[0-9]{1,8}[um]$", seen["grpc-timeout"]);
        Assert.DoesNotContain("Content-Length", seen.Keys);
    }

    [Fact]
    public async Task Host_IsTheAuthority()
    {
        var (server, seen) = await RecordAsync();
        await using (server)
        {
            var client = new TestService.TestServiceClient(server.Channel).WithHost("other.example");
            await Assert.ThrowsAsync<RpcException>(() => client.EmptyCallAsync(new Empty()).ResponseAsync);
        }

        Assert.Equal("other.example", seen["Host"]);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public async Task CallCredentials_GoInClearTextOnlyWhenThatIsAllowed(bool allowed, bool sent)
    {
        var (server, seen) = await RecordAsync(new GrpcChannelOptions { UnsafeUseInsecureChannelCallCredentials = allowed });
        await using (server)
        {
            var credentials = CallCredentials.Compose(Credential("x-a"), Credential("x-b"));
            await server.FailAsync(new CallOptions(credentials: credentials));
        }

        Assert.Equal(sent ? "test.Wire Unary" : null, seen.GetValueOrDefault("x-a"));
        Assert.Equal(sent ? "test.Wire Unary" : null, seen.GetValueOrDefault("x-b"));
    }

    [Fact]
    public async Task MessageBeyondTheLimit_IsNotSent()
    {
        var (server, seen) = await RecordAsync(new GrpcChannelOptions { MaxSendMessageSize = 10 });
        await using (server)
        {
            var request = new SimpleRequest { ResponseStatus = new EchoStatus { Message = "more than ten" } };
            var exception = await Assert.ThrowsAsync<RpcException>(() => server.Invoker.AsyncUnaryCall(WireServer.Unary, null, default, request).ResponseAsync);
            Assert.Equal(StatusCode.ResourceExhausted, exception.StatusCode);
        }

        Assert.Empty(seen);
    }

    [Fact]
    public async Task Interceptors_AreMetInTheirOrderAndMayChangeTheCall()
    {
        var (server, seen) = await RecordAsync();
        await using (server)
        {
            var client = new TestService.TestServiceClient(server.Channel
                .Intercept(headers => [.. headers, new Metadata.Entry("x-order", "inner")])
                .Intercept(new Adding("first"), new Adding("second")));
            await Assert.ThrowsAsync<RpcException>(() => client.EmptyCallAsync(new Empty()).ResponseAsync);
            Assert.Throws<RpcException>(() => client.EmptyCall(new Empty()));
        }

        // One line of three values is how HttpClient sends a name that occurs three times.
        Assert.Equal("first, second, inner", seen["x-order"]);
    }

    [Fact]
    public void ClientWithoutAChannel_IsForTestDoubles()
    {
        var client = new Double();

        Assert.Throws<NotImplementedException>(() => client.UnimplementedCall(new Empty()));
        Assert.Equal(new Empty(), client.EmptyCall(new Empty()));
    }

    [Fact]
    public void Channel_RefusesWhatCannotWork()
    {
        using var http = new HttpClient();
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("ftp://host"));
        Assert.Throws<ArgumentException>(() => GrpcChannel.ForAddress("http://host", new GrpcChannelOptions { HttpClient = http, HttpHandler = new SocketsHttpHandler() }));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress("http://host", new GrpcChannelOptions { Credentials = ChannelCredentials.SecureSsl }));
        Assert.Throws<InvalidOperationException>(() => GrpcChannel.ForAddress("https://host", new GrpcChannelOptions { Credentials = ChannelCredentials.Insecure }));
        Assert.Throws<ArgumentException>(() => ChannelCredentials.Create(ChannelCredentials.Insecure, Credential("x-a")));
    }

    private static CallCredentials Credential(string name) => CallCredentials.FromInterceptor((context, metadata) =>
    {
        metadata.Add(name, $"{context.ServiceUrl.Split('/')[^1]} {context.MethodName}");
        return Task.CompletedTask;
    });

    /// <summary>A server that refuses every call and keeps the last request's headers.</summary>
    private static async Task<(OddServer Server, Dictionary<string, string> Seen)> RecordAsync(GrpcChannelOptions? options = null)
    {
        var seen = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        var server = await OddServer.StartAsync(
            http =>
            {
                (seen["method"], seen["path"], seen["protocol"]) = (http.Request.Method, http.Request.Path.Value!, http.Request.Protocol);
                foreach (var (name, value) in http.Request.Headers)
                {
                    seen[name] = value.ToString();
                }

                http.Response.Headers.GrpcStatus = "12";
                return Task.CompletedTask;
            },
            options);
        return (server, seen);
    }

    private sealed class Adding(string value) : Interceptor
    {
        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, AsyncUnaryCallContinuation<TRequest, TResponse> continuation) =>
            continuation(request, Add(context));

        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request, ClientInterceptorContext<TRequest, TResponse> context, BlockingUnaryCallContinuation<TRequest, TResponse> continuation) =>
            continuation(request, Add(context));

        private ClientInterceptorContext<TRequest, TResponse> Add<TRequest, TResponse>(ClientInterceptorContext<TRequest, TResponse> context)
            where TRequest : class
            where TResponse : class =>
            new(context.Method, context.Host, context.Options.WithHeaders([.. context.Options.Headers ?? [], new Metadata.Entry("x-order", value)]));
    }

    private sealed class Double : TestService.TestServiceClient
    {
        public override Empty EmptyCall(Empty request, CallOptions options) => request;
    }
}
