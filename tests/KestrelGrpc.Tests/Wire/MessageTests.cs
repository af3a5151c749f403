using System.IO.Compression;
using Google.Protobuf;
using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Wire;

/// <summary>How messages are framed, and what is refused.</summary>
public class MessageTests
{
    [Fact]
    public async Task Reply_IsHeadersThenDataThenTrailers()
    {
        await using var server = await WireServer.StartAsync();
        var stream = await server.Connection.SendHeadersAsync(Request.Headers());
        await stream.SendDataAsync(Request.Simple(), endStream: true);

        var frames = new List<RawFrame>();
        while (frames.Count == 0 || !frames[^1].EndsStream)
        {
            frames.Add((await server.Connection.NextAsync())!);
        }

        // Field 2 of the response, "ok": flag 0, length 4, then the message.
        Assert.Equal([RawFrameType.Headers, RawFrameType.Data, RawFrameType.Headers], frames.Select(frame => frame.Type));
        Assert.Equal([0, 0, 0, 0, 4, 0x12, 2, (byte)'o', (byte)'k'], frames[1].Payload);
    }

    [Fact]
    public async Task MessageInManyFrames_IsOneMessage()
    {
        await using var server = await WireServer.StartAsync((request, _) => Task.FromResult(new SimpleResponse { Username = $"{request.Payload.Body.Length}" }));
        var stream = await server.Connection.SendHeadersAsync(Request.Headers());
        foreach (var single in Request.Simple(11))
        {
            await stream.SendDataAsync(new[] { single }, endStream: false);
        }

        await stream.SendDataAsync(default, endStream: true);

        Assert.Equal("11", (await stream.ReplyAsync()).Message(SimpleResponse.Parser).Username);
    }

    [Fact]
    public async Task MessagesThatShareAFrame_AreTwoMessages()
    {
        await using var server = await WireServer.StartAsync(methods => methods.AddClientStreaming(WireServer.ClientStreaming, async (requests, _) =>
        {
            var sizes = new List<int>();
            await foreach (var request in requests.ReadAllAsync())
            {
                sizes.Add(request.Payload.Body.Length);
            }

            return new SimpleResponse { Username = string.Join(' ', sizes) };
        }));

        var reply = await server.CallAsync([.. Request.Simple(5), .. Request.Simple(6)], (":path", WireServer.ClientStreaming.FullName));

        Assert.Equal("5 6", reply.Message(SimpleResponse.Parser).Username);
    }

    public static TheoryData<string, byte[], int> Refused => new()
    {
        { "empty", [], 13 },
        { "header cut off", [0, 0, 0], 13 },
        { "message cut off", [.. Request.Simple().SkipLast(1)], 13 },
        { "two messages", [.. Request.Simple(), .. Request.Simple()], 13 },
        { "trailing byte", [.. Request.Simple(), 0], 13 },
        { "unknown flag", Request.Frame(2, new SimpleRequest().ToByteArray()), 13 },
        { "all flags", Request.Frame(0xFF, new SimpleRequest().ToByteArray()), 13 },
        { "not protobuf", Request.Frame(0, [0xFF, 0xFF, 0xFF]), 13 },
        { "flag without encoding", Request.Frame(1, new SimpleRequest().ToByteArray()), 13 },
        { "5 MiB declared", [0, 0, 0x50, 0, 0], 8 },
        { "one byte over 4 MiB declared", [0, 0, 0x40, 0, 1], 8 },
        { "4 GiB declared", [0, 0xFF, 0xFF, 0xFF, 0xFF], 8 },
        { "2 GiB declared", [0, 0x80, 0, 0, 0], 8 },
    };

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task BrokenRequest_IsRefusedWithoutCallingTheHandler(string what, byte[] body, int status)
    {
        var wasCalled = false;
        await using var server = await WireServer.StartAsync((_, _) =>
        {
            wasCalled = true;
            return Task.FromResult(new SimpleResponse());
        });

        var reply = await server.CallAsync(body);

        Assert.Equal((what, status), (what, reply.GrpcStatus));
        Assert.True(reply.IsTrailersOnly);
        Assert.False(wasCalled);
        Assert.Empty(server.Host.Log.Errors);
    }

    [Fact]
    public async Task EmptyMessage_IsAMessage()
    {
        await using var server = await WireServer.StartAsync((_, _) => Task.FromResult(new SimpleResponse()));

        var reply = await server.CallAsync([0, 0, 0, 0, 0]);

        Assert.Equal(0, reply.GrpcStatus);
        Assert.Equal([0, 0, 0, 0, 0], reply.Body);
    }

    [Fact]
    public async Task MessageAtTheLimit_IsAccepted()
    {
        var body = Request.Simple(1000);
        await using var server = await WireServer.StartAsync(grpc: options => options.MaxReceiveMessageSize = body.Length - 5);

        Assert.Equal(0, (await server.CallAsync(body)).GrpcStatus);
        Assert.Equal(8, (await server.CallAsync(Request.Simple(1001))).GrpcStatus);
    }

    [Fact]
    public async Task ResponseBeyondTheLimit_IsResourceExhausted()
    {
        await using var server = await WireServer.StartAsync(
            (request, _) => Task.FromResult(new SimpleResponse { Username = new string('x', request.Payload.Body.Length) }),
            options => options.MaxSendMessageSize = 100);

        Assert.Equal(0, (await server.CallAsync(Request.Simple(90))).GrpcStatus);
        var reply = await server.CallAsync(Request.Simple(101));
        Assert.Equal(8, reply.GrpcStatus);
        Assert.True(reply.IsTrailersOnly);
    }

    [Theory]
    [InlineData("identity", 13)]
    [InlineData("snappy", 12)]
    public async Task FlagWithUnusableEncoding_IsRefused(string encoding, int status)
    {
        await using var server = await WireServer.StartAsync();

        var reply = await server.CallAsync(Request.Frame(1, new SimpleRequest().ToByteArray()), ("grpc-encoding", encoding));

        Assert.Equal(status, reply.GrpcStatus);
        Assert.Equal(status == 12 ? "identity,gzip,deflate" : null, reply.Header("grpc-accept-encoding"));
    }

    [Theory]
    [InlineData("gzip", 1)]
    [InlineData("deflate", 1)]
    [InlineData("gzip", 0)]
    [InlineData("snappy", 0)]
    public async Task KnownEncodingOrPlainMessage_IsRead(string encoding, byte flag)
    {
        await using var server = await WireServer.StartAsync((request, _) => Task.FromResult(new SimpleResponse { Username = $"{request.ResponseSize}" }));
        var message = new SimpleRequest { ResponseSize = 42 }.ToByteArray();

        var reply = await server.CallAsync(Request.Frame(flag, flag == 0 ? message : Compress(encoding, message)), ("grpc-encoding", encoding));

        Assert.Equal("42", reply.Message(SimpleResponse.Parser).Username);
        Assert.Null(reply.Header("grpc-encoding"));
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    public async Task CorruptCompressedMessage_IsInternal(string encoding)
    {
        await using var server = await WireServer.StartAsync();

        Assert.Equal(13, (await server.CallAsync(Request.Frame(1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]), ("grpc-encoding", encoding))).GrpcStatus);
    }

    [Fact]
    public async Task SmallMessageThatBecomesEnormous_IsResourceExhausted()
    {
        await using var server = await WireServer.StartAsync();
        var bomb = Compress("gzip", new byte[64 * 1024 * 1024]);
        Assert.InRange(bomb.Length, 1, 1024 * 1024);

        Assert.Equal(8, (await server.CallAsync(Request.Frame(1, bomb), ("grpc-encoding", "gzip"))).GrpcStatus);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("gzip", null)]
    [InlineData(null, "gzip")]
    [InlineData("gzip", "identity")]
    [InlineData("gzip", "deflate, gzip")]
    public async Task Response_IsCompressedOnlyWhenBothSidesAskForIt(string? algorithm, string? accepted)
    {
        await using var server = await WireServer.StartAsync(grpc: options => options.ResponseCompressionAlgorithm = algorithm);

        var reply = accepted is null ? await server.CallAsync(Request.Simple()) : await server.CallAsync(Request.Simple(), ("grpc-accept-encoding", accepted));

        var expected = algorithm is not null && accepted?.Contains(algorithm, StringComparison.Ordinal) == true;
        Assert.Equal(expected ? 1 : 0, reply.Body[0]);
        Assert.Equal(expected ? algorithm : null, reply.Header("grpc-encoding"));
    }

    [Fact]
    public async Task EmptyResponse_IsNeverCompressed()
    {
        await using var server = await WireServer.StartAsync((_, _) => Task.FromResult(new SimpleResponse()), options => options.ResponseCompressionAlgorithm = "gzip");

        var reply = await server.CallAsync(Request.Simple(), ("grpc-accept-encoding", "gzip"));

        Assert.Equal([0, 0, 0, 0, 0], reply.Body);
    }

    private static byte[] Compress(string encoding, byte[] message)
    {
        var compressed = new MemoryStream();
        using (Stream stream = encoding == "gzip" ? new GZipStream(compressed, CompressionMode.Compress) : new ZLibStream(compressed, CompressionMode.Compress))
        {
            stream.Write(message);
        }

        return compressed.ToArray();
    }
}
