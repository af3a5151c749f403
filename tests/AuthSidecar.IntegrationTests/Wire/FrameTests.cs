using System.IO.Compression;
using AuthSidecar.TestSupport;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

namespace AuthSidecar.IntegrationTests.Wire;

/// <summary>Check calls with malformed messages: each is a denied decision, and the connection serves the next call.</summary>
public sealed class FrameTests(WireSidecar sidecar) : IClassFixture<WireSidecar>
{
    private const int MaxQuestionBytes = 33 * 1024 * 1024;

    public static TheoryData<string> Broken => [.. _broken.Keys];

    private static readonly Dictionary<string, Func<byte[], byte[]>> _broken = new()
    {
        ["no message"] = _ => [],
        ["an empty message"] = _ => RawCall.Frame(0, []),
        ["half a prefix"] = message => message[..3],
        ["a prefix alone"] = message => message[..5],
        ["a message that is cut off"] = message => message[..^1],
        ["an unknown flag"] = message => [9, .. message[1..]],
        ["compressed without an encoding"] = message => [1, .. message[1..]],
        ["a length of 2^31 and more"] = message => [0, 0xFF, 0xFF, 0xFF, 0xFF, .. message[5..]],
        ["a length of more than may be received"] = message => [0, 0, 0x10, 0, 1, .. message[5..]],
        ["two messages"] = message => [.. message, .. message],
        ["bytes that are no protobuf"] = _ => RawCall.Frame(0, "no protobuf"u8),
        ["a string that is not UTF-8"] = _ => RawCall.Frame(0, [0x0A, 0x04, 0x22, 0x02, 0xC3, 0x28]),
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task MalformedMessage_IsADenial_AndTheConnectionContinues(string what)
    {
        await using var connection = await sidecar.CheckAsync();

        await AssertDeniedAsync(await connection.CallAsync(_broken[what](sidecar.Allowed)));

        Assert.Equal("allow", (await connection.CallAsync(sidecar.Allowed)).Verdict());
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/grpc-web")]
    [InlineData("text/plain")]
    [InlineData("")]
    public async Task OtherContentType_IsNoCall(string type)
    {
        await using var connection = await sidecar.CheckAsync();

        var reply = await connection.CallAsync(sidecar.Allowed, ("content-type", type));

        Assert.Equal(("415", null), (reply.HttpStatus, reply.Verdict()));
    }

    [Theory]
    [InlineData("GET", RawCall.CheckPath)]
    [InlineData("PUT", RawCall.CheckPath)]
    [InlineData("POST", "/")]
    [InlineData("POST", "/envoy.service.auth.v3.Authorization/Other")]
    [InlineData("POST", "/envoy.service.auth.v2.Authorization/Check")]
    [InlineData("POST", RawCall.CheckPath + "/x")]
    public async Task AnotherMethodOrPath_IsNoCheck(string method, string path)
    {
        await using var connection = await sidecar.CheckAsync();

        var reply = await connection.CallAsync(sidecar.Allowed, (":method", method), (":path", path));

        Assert.Null(reply.Verdict());
        Assert.True(reply.HttpStatus is "404" or "405" || reply.GrpcStatus == 12);
    }

    [Fact]
    public async Task MessageOverTheDecompressedLimit_IsADenial()
    {
        await using var connection = await sidecar.CheckAsync();
        var small = RawCall.CheckRequest(sidecar.Token);
        var large = small.Clone();
        large.Attributes.Request.Http.Body = new string('b', MaxQuestionBytes);

        Assert.Equal("allow", (await connection.CallAsync(RawCall.Frame(1, Packed(small)), ("grpc-encoding", "gzip"))).Verdict());

        await AssertDeniedAsync(await connection.CallAsync(RawCall.Frame(1, Packed(large)), ("grpc-encoding", "gzip")));
    }

    [Fact]
    public async Task MalformedCalls_LeaveNothingOfThemInTheLog()
    {
        await using var connection = await sidecar.CheckAsync();

        await connection.CallAsync(sidecar.Allowed, ("content-type", "sent/by-a-client"));
        await connection.CallAsync(RawCall.Frame(0, "sent/by-a-client"u8), ("x-own", "sent/by-a-client"));
        await connection.CallAsync(RawCall.Frame(1, "sent/by-a-client"u8), ("grpc-encoding", "sent/by-a-client"));
        await connection.CallAsync(sidecar.Allowed, (":path", "/sent/by-a-client"));

        // A line that comes after theirs.
        var before = sidecar.Process.Output.Length;
        Assert.NotNull((await connection.CallAsync(RawCall.Frame(0, []))).Verdict());
        await Eventually.TrueAsync(() => Task.FromResult(sidecar.Process.Output.Length > before), "the next decision is logged");
        Assert.DoesNotContain("by-a-client", sidecar.Process.Output + sidecar.Process.Errors, StringComparison.Ordinal);
    }

    // With an id, a complete HTTP response and a log line.
    private async Task AssertDeniedAsync(RawReply reply)
    {
        Assert.Equal(0, reply.GrpcStatus);
        var answer = reply.Message(CheckResponse.Parser);
        var id = answer.DynamicMetadata.Fields["decision_id"].StringValue;
        Assert.Equal("deny", answer.DynamicMetadata.Fields["decision"].StringValue);
        Assert.InRange((int)answer.DeniedResponse.Status.Code, 400, 599);
        Assert.Contains(answer.DeniedResponse.Headers, header =>
            header.Header is { Key: "x-authsidecar-decision-id" } field && field.Value == id
        );
        await Eventually.TrueAsync(
            () => Task.FromResult(sidecar.Process.Output.Contains(id, StringComparison.Ordinal)),
            "the decision is logged"
        );
    }

    private static byte[] Packed(CheckRequest message)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
        {
            message.WriteTo(gzip);
        }

        return packed.ToArray();
    }
}
