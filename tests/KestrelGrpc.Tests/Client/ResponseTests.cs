using System.Globalization;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Testing;
using KestrelGrpc.Tests.Wire;
using Microsoft.AspNetCore.Http;

namespace KestrelGrpc.Tests.Client;

/// <summary>What the client makes of responses, right and wrong.</summary>
public class ResponseTests
{
    private static readonly byte[] Message = Request.Frame(new SimpleResponse { Username = "ok" });

    [Theory]
    [InlineData(400, StatusCode.Internal)]
    [InlineData(401, StatusCode.Unauthenticated)]
    [InlineData(403, StatusCode.PermissionDenied)]
    [InlineData(404, StatusCode.Unimplemented)]
    [InlineData(418, StatusCode.Unknown)]
    [InlineData(429, StatusCode.Unavailable)]
    [InlineData(500, StatusCode.Unknown)]
    [InlineData(502, StatusCode.Unavailable)]
    [InlineData(503, StatusCode.Unavailable)]
    [InlineData(504, StatusCode.Unavailable)]
    public async Task HttpStatus_BecomesAStatus(int http, StatusCode expected)
    {
        await using var server = await OddServer.StartAsync(context =>
        {
            context.Response.StatusCode = http;
            return Task.CompletedTask;
        });

        var exception = await server.FailAsync();

        Assert.Equal(expected, exception.StatusCode);
        Assert.Contains(http.ToString(CultureInfo.InvariantCulture), exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GrpcStatusOfAnHttpError_Counts()
    {
        await using var server = await OddServer.StartAsync(context =>
        {
            context.Response.StatusCode = 415;
            context.Response.Headers.GrpcStatus = "13";
            return Task.CompletedTask;
        });

        Assert.Equal(StatusCode.Internal, (await server.FailAsync()).StatusCode);
    }

    [Fact]
    public async Task OtherContentType_IsUnknown()
    {
        await using var server = await OddServer.StartAsync(context => context.Response.WriteAsync("hello"));

        Assert.Equal(StatusCode.Unknown, (await server.FailAsync()).StatusCode);
    }

    public static TheoryData<string, byte[], string?, StatusCode> Broken => new()
    {
        { "no status", Message, null, StatusCode.Unknown },
        { "status of the future", Message, "99", StatusCode.Unknown },
        { "status in words", Message, "OK", StatusCode.Unknown },
        { "no message", [], "0", StatusCode.Internal },
        { "two messages", [.. Message, .. Message], "0", StatusCode.Internal },
        { "cut off", [.. Message.SkipLast(1)], "0", StatusCode.Internal },
        { "trailing byte", [.. Message, 0], "0", StatusCode.Internal },
        { "unknown flag", [2, 0, 0, 0, 0], "0", StatusCode.Internal },
        { "compressed without encoding", [1, .. Message.Skip(1)], "0", StatusCode.Internal },
        { "not protobuf", [0, 0, 0, 0, 1, 0xFF], "0", StatusCode.Internal },
        { "more than 4 MiB", [0, 0, 0x40, 0, 1], "0", StatusCode.ResourceExhausted },
        { "error after a message", Message, "9", StatusCode.FailedPrecondition },
        { "error without a message", [], "16", StatusCode.Unauthenticated },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task BrokenResponse_IsAnError(string what, byte[] body, string? status, StatusCode expected)
    {
        await using var server = await OddServer.StartAsync(body, status);
        using var call = server.Call();

        var exception = await Assert.ThrowsAsync<RpcException>(() => call.ResponseAsync);

        Assert.Equal((what, expected, expected), (what, exception.StatusCode, call.GetStatus().StatusCode));
    }

    [Theory]
    [InlineData("snappy", StatusCode.Internal)]
    [InlineData("gzip", StatusCode.Internal)]
    public async Task CompressedResponse_MustBeReadable(string encoding, StatusCode expected)
    {
        await using var server = await OddServer.StartAsync(Request.Frame(1, [1, 2, 3]), encoding: encoding);

        Assert.Equal(expected, (await server.FailAsync()).StatusCode);
    }

    [Fact]
    public async Task LimitOnReceivedMessages_CanBeLifted()
    {
        var large = Request.Frame(new SimpleResponse { Username = new string('x', 5_000_000) });
        await using var limited = await OddServer.StartAsync(large);
        await using var free = await OddServer.StartAsync(large, options: new GrpcChannelOptions { MaxReceiveMessageSize = null });

        Assert.Equal(StatusCode.ResourceExhausted, (await limited.FailAsync()).StatusCode);
        Assert.Equal(5_000_000, (await free.Call()).Username.Length);
    }

    [Fact]
    public async Task MetadataOfAResponse_IsRead()
    {
        await using var server = await OddServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc+proto";
            context.Response.Headers["x-initial"] = new(["a", "b"]);
            await context.Response.Body.WriteAsync(Message);
            context.Response.AppendTrailer("x-one-bin", "+/8=,+w");
            context.Response.AppendTrailer("grpc-status-details-bin", "AQ");
            context.Response.AppendTrailer("grpc-message", "%e2%98%BA");
            context.Response.AppendTrailer("grpc-status", "0");
        });
        using var call = server.Call();

        var headers = await call.ResponseHeadersAsync;
        await call;

        Assert.Equal(["a", "b"], headers.GetAll("x-initial").Select(entry => entry.Value));
        Assert.Equal([[0xFB, 0xFF], [0xFB]], call.GetTrailers().GetAll("x-one-bin").Select(entry => entry.ValueBytes));
        Assert.Equal([1], call.GetTrailers().GetValueBytes("grpc-status-details-bin"));
        Assert.Equal((StatusCode.OK, "\u263a"), (call.GetStatus().StatusCode, call.GetStatus().Detail));
        Assert.Null(call.GetTrailers().Get("grpc-status"));
    }

    [Theory]
    [InlineData("0", StatusCode.OK)]
    [InlineData("5", StatusCode.NotFound)]
    public async Task TrailersOnly_EndsAStreamWithoutMessages(string status, StatusCode expected)
    {
        await using var server = await OddServer.StartAsync(context =>
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers.GrpcStatus = status;
            context.Response.Headers["x-trailer"] = "t";
            return Task.CompletedTask;
        });
        using var call = server.Invoker.AsyncServerStreamingCall(WireServer.ServerStreaming, null, default, new SimpleRequest());

        var exception = await Record.ExceptionAsync(async () => Assert.False(await call.ResponseStream.MoveNext()));

        Assert.Equal(expected == StatusCode.OK, exception is null);
        Assert.Equal((expected, "t"), (call.GetStatus().StatusCode, call.GetTrailers().GetValue("x-trailer")));
        Assert.Empty(await call.ResponseHeadersAsync);
    }

    [Fact]
    public async Task ResetByTheServer_IsAnError()
    {
        await using var server = await OddServer.StartAsync(async context =>
        {
            context.Response.ContentType = "application/grpc";
            await context.Response.Body.WriteAsync(Message);
            context.Abort();
        });

        Assert.Equal(StatusCode.Internal, (await server.FailAsync()).StatusCode);
    }

    [Fact]
    public async Task NobodyThere_IsUnavailable()
    {
        using var channel = GrpcChannel.ForAddress("http://127.0.0.1:1");

        var exception = await Assert.ThrowsAsync<RpcException>(() => new TestService.TestServiceClient(channel).EmptyCallAsync(new Empty()).ResponseAsync);

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
    }
}
