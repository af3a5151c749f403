using Grpc.Testing;

namespace KestrelGrpc.Tests.Wire;

/// <summary>What makes a request a gRPC call.</summary>
public class RequestRulesTests
{
    [Theory]
    [InlineData("application/grpc")]
    [InlineData("application/grpc+proto")]
    [InlineData("application/grpc+json")]
    [InlineData("application/grpc;charset=utf-8")]
    [InlineData("Application/GRPC")]
    public async Task ContentTypeOfGrpc_IsAccepted(string contentType)
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), ("content-type", contentType));

        Assert.Equal("200", reply.HttpStatus);
        Assert.Equal("application/grpc", reply.Header("content-type"));
        Assert.Equal(0, reply.GrpcStatus);
        Assert.Equal("ok", reply.Message(SimpleResponse.Parser).Username);
    }

    [Theory]
    [InlineData("application/grpc-web")]
    [InlineData("application/grpc-web+proto")]
    [InlineData("application/grpcfoo")]
    [InlineData("application/json")]
    [InlineData("application/grp")]
    public async Task OtherContentType_Is415(string contentType)
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), ("content-type", contentType));

        Assert.Equal("415", reply.HttpStatus);
        Assert.Equal(13, reply.GrpcStatus);
        Assert.True(reply.IsTrailersOnly);
    }

    [Fact]
    public async Task NoContentType_Is415()
    {
        await using var server = await WireServer.StartAsync();
        var stream = await server.Connection.SendHeadersAsync(Request.Headers().Without("content-type"));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        var reply = await stream.ReplyAsync();

        Assert.Equal("415", reply.HttpStatus);
    }

    [Theory]
    [InlineData("/test.Wire/unary")]
    [InlineData("/test.wire/Unary")]
    [InlineData("/test.Wire/Unary/")]
    [InlineData("/test.Wire/Unary?a=b")]
    [InlineData("/test.Wire/Unar%79")]
    [InlineData("/test.Wire/Other")]
    [InlineData("/other.Service/Unary")]
    public async Task PathThatIsNotExactlyAMethods_IsUnimplemented(string path)
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), (":path", path));

        Assert.Equal("200", reply.HttpStatus);
        Assert.True(reply.IsTrailersOnly);
        Assert.Equal(12, reply.GrpcStatus);
    }

    [Theory]
    [InlineData("POST", "/a/b/c", "404")]
    [InlineData("POST", "/", "404")]
    [InlineData("GET", Request.UnaryPath, "405")]
    [InlineData("PUT", Request.UnaryPath, "405")]
    public async Task WhatIsNoCall_IsAnsweredAsHttp(string method, string path, string status)
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), (":method", method), (":path", path));

        Assert.Equal(status, reply.HttpStatus);
    }

    [Fact]
    public async Task UnknownServiceWithOtherContentType_IsNoneOfOurs()
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Simple(), (":path", "/other.Service/Unary"), ("content-type", "application/json"));

        Assert.Equal("404", reply.HttpStatus);
    }

    [Fact]
    public async Task UnknownServices_CanBeLeftToTheApplication()
    {
        await using var server = await WireServer.StartAsync(grpc: options => options.IgnoreUnknownServices = true);

        var service = await server.CallAsync(Request.Simple(), (":path", "/other.Service/Unary"));
        var method = await server.CallAsync(Request.Simple(), (":path", "/test.Wire/Other"));

        Assert.Equal("404", service.HttpStatus);
        Assert.Equal(12, method.GrpcStatus);
    }

    [Fact]
    public async Task MissingTe_IsAccepted()
    {
        await using var server = await WireServer.StartAsync();
        var stream = await server.Connection.SendHeadersAsync(Request.Headers().Without("te"));
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        Assert.Equal(0, (await stream.ReplyAsync()).GrpcStatus);
    }
}
