using System.Globalization;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Testing;
using KestrelGrpc.Tests.Wire;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Tests.Server;

public class CallContextTests
{
    [Fact]
    public async Task Context_KnowsTheCall()
    {
        ServerCallContext? seen = null;
        var facts = "";
        await using var server = await WireServer.StartAsync((_, context) =>
        {
            seen = context;
            context.UserState["a"] = "b";
            facts = string.Join(
                ' ',
                context.Method,
                context.Host,
                context.Peer,
                context.Deadline == DateTime.MaxValue,
                context.AuthContext.IsPeerAuthenticated,
                context.AuthContext.PeerIdentity.Count(),
                context.UserState["a"],
                context.Status.StatusCode,
                context.WriteOptions is null,
                context.GetHttpContext().Connection.RemotePort);
            return Task.FromResult(new SimpleResponse());
        });

        await server.CallAsync(Request.Simple(), (":authority", "authz:9000"));

        var port = facts.Split(' ')[^1];
        Assert.Equal($"/test.Wire/Unary authz:9000 ipv4:127.0.0.1:{port} True False 0 b OK True {port}", facts);
        Assert.NotNull(seen);
    }

    [Fact]
    public async Task Endpoint_NamesItsMethod()
    {
        GrpcMethodMetadata? metadata = null;
        await using var server = await WireServer.StartAsync((_, context) =>
        {
            metadata = context.GetHttpContext().GetEndpoint()!.Metadata.GetMetadata<GrpcMethodMetadata>();
            return Task.FromResult(new SimpleResponse());
        });

        await server.CallAsync(Request.Simple());

        Assert.Equal(WireServer.Unary.FullName, metadata!.Method.FullName);
    }

    [Fact]
    public void ContextOfATest_CanOfferItsOwnHttpContext()
    {
        var context = new OtherContext();
        Assert.Throws<InvalidOperationException>(context.GetHttpContext);

        var http = new DefaultHttpContext();
        context.UserState["__HttpContext"] = http;

        Assert.Same(http, context.GetHttpContext());
    }

    [Fact]
    public async Task ConcurrentWrites_AreRefused()
    {
        await using var server = await WireServer.StartAsync(methods => methods.AddServerStreaming(WireServer.ServerStreaming, async (_, responses, _) =>
        {
            // The first is more than the server buffers, so it waits for the connection.
            var first = responses.WriteAsync(new SimpleResponse { Username = new string('x', 4_000_000) });
            await Assert.ThrowsAsync<InvalidOperationException>(() => responses.WriteAsync(new SimpleResponse()));
            await first;
        }));

        var reply = await server.CallAsync(Request.Simple(), (":path", WireServer.ServerStreaming.FullName));

        Assert.Equal(0, reply.GrpcStatus);
        Assert.Equal(4_000_000, reply.Message(SimpleResponse.Parser).Username.Length);
    }

    [Fact]
    public async Task BufferHint_HoldsTheMessageBackUntilTheNext()
    {
        var second = new TaskCompletionSource();
        await using var server = await WireServer.StartAsync(methods => methods.AddServerStreaming(WireServer.ServerStreaming, async (_, responses, _) =>
        {
            responses.WriteOptions = new WriteOptions(WriteFlags.BufferHint);
            await responses.WriteAsync(new SimpleResponse());
            await second.Task;
            responses.WriteOptions = null;
            await responses.WriteAsync(new SimpleResponse());
        }));
        var stream = await server.Connection.SendHeadersAsync(Request.Headers((":path", WireServer.ServerStreaming.FullName)));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        var first = server.Connection.NextAsync();
        await Task.WhenAny(first, Task.Delay(200));
        Assert.False(first.IsCompleted);
        second.SetResult();

        Assert.Equal(RawFrameType.Headers, (await first)!.Type);
        Assert.Equal(new byte[10], (await server.Connection.NextAsync())!.Payload);
    }

    [Fact]
    public async Task PropagationToken_CarriesDeadlineAndCancellation()
    {
        var seen = "";
        await using var inner = await WireServer.StartAsync((_, context) =>
        {
            seen = context.Deadline.ToString("yyyy", CultureInfo.InvariantCulture);
            return Task.FromResult(new SimpleResponse());
        });
        using var channel = inner.Host.Connect();
        await using var outer = await WireServer.StartAsync(async (request, context) =>
        {
            var options = new CallOptions(propagationToken: context.CreatePropagationToken());
            return await channel.CreateCallInvoker().AsyncUnaryCall(WireServer.Unary, null, options, request);
        });

        Assert.Equal(0, (await outer.CallAsync(Request.Simple(), ("grpc-timeout", "1H"))).GrpcStatus);
        Assert.Equal(DateTime.UtcNow.AddHours(1).Year.ToString(CultureInfo.InvariantCulture), seen);
        Assert.Equal(0, (await outer.CallAsync(Request.Simple())).GrpcStatus);
        Assert.Equal("9999", seen);
    }

    private sealed class OtherContext : ServerCallContext
    {
        protected override string MethodCore => "/a/b";

        protected override string HostCore => "";

        protected override string PeerCore => "";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore { get; } = [];

        protected override CancellationToken CancellationTokenCore => CancellationToken.None;

        protected override Metadata ResponseTrailersCore { get; } = [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore { get; } = new(null, []);

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) => throw new NotSupportedException();

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders) => Task.CompletedTask;
    }
}
