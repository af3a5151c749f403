using System.Text;
using Grpc.Core;
using Grpc.Testing;

namespace KestrelGrpc.Tests.Wire;

public class MetadataTests
{
    private const string Bytes = "fb ff 00";

    public static TheoryData<string, string> Binary => new()
    {
        { "+/8A", Bytes },
        { "+/8", "fb ff" },
        { "+/8=", "fb ff" },
        { "+w", "fb" },
        { "+w==", "fb" },
        { "", "" },
        { "+/8A,+w", $"{Bytes}|fb" },
        { "+/8A, +w==", $"{Bytes}|fb" },
        { "not base64!", Hex("not base64!") },
        { "+/8A,???", $"{Bytes}|{Hex("???")}" },
        { "A", Hex("A") },
    };

    [Theory]
    [MemberData(nameof(Binary))]
    public async Task BinaryHeader_IsDecodedValueByValueAndNeverFails(string sent, string expected)
    {
        await using var server = await WireServer.StartAsync((_, context) =>
            Task.FromResult(new SimpleResponse { Username = string.Join('|', context.RequestHeaders.GetAll("x-bin").Select(entry => Hex(entry.ValueBytes))) }));

        var reply = await server.CallAsync(Request.Simple(), ("x-bin", sent));

        Assert.Equal(expected, reply.Message(SimpleResponse.Parser).Username);
    }

    [Fact]
    public async Task RequestHeaders_AreTheApplicationsAlone()
    {
        await using var server = await WireServer.StartAsync((_, context) =>
            Task.FromResult(new SimpleResponse { Username = string.Join('|', context.RequestHeaders.Select(entry => $"{entry.Key}={entry.Value}")) }));

        var reply = await server.CallAsync(
            Request.Simple(),
            ("grpc-timeout", "1H"), ("grpc-accept-encoding", "gzip"), ("grpc-encoding", "identity"), ("grpc-trace", "x"), ("accept-encoding", "gzip"),
            ("x-one", "a"), ("x-two", "b,c"), ("x-one", "d"), ("bad!name", "e"), ("user-agent", "f"));

        Assert.Equal("user-agent=f|x-one=a|x-one=d|x-two=b,c", Sorted(reply));
    }

    [Fact]
    public async Task ResponseMetadata_IsUnpaddedAndInItsPlace()
    {
        await using var server = await WireServer.StartAsync(async (_, context) =>
        {
            await context.WriteResponseHeadersAsync(new Metadata { { "x-initial", "i" }, { "X-Initial-Bin", [0xFB] } });
            context.ResponseTrailers.Add("x-trailer", "t");
            context.ResponseTrailers.Add("x-trailer-bin", [0xFB, 0xFF]);
            context.ResponseTrailers.Add("x-trailer-bin", [0]);
            return new SimpleResponse();
        });

        var reply = await server.CallAsync(Request.Simple());

        Assert.Equal(("i", "+w"), (reply.Header("x-initial"), reply.Header("x-initial-bin")));
        Assert.Equal(("t", "+/8,AA"), (reply.Trailer("x-trailer"), reply.Trailer("x-trailer-bin")));
        Assert.Null(reply.Trailer("x-initial"));
        Assert.Null(reply.Header("x-trailer"));
    }

    [Fact]
    public async Task ProtocolsOwnFields_CannotBeForgedByMetadata()
    {
        await using var server = await WireServer.StartAsync((_, context) =>
        {
            context.ResponseTrailers.Add("grpc-status", "7");
            context.ResponseTrailers.Add("grpc-message", "forged");
            context.ResponseTrailers.Add("grpc-status-details-bin", [1]);
            return Task.FromResult(new SimpleResponse());
        });

        var reply = await server.CallAsync(Request.Simple());

        Assert.Equal("0", reply.Trailer("grpc-status"));
        Assert.Null(reply.GrpcMessage);
        Assert.Equal("AQ", reply.Trailer("grpc-status-details-bin"));
    }

    [Theory]
    [InlineData("line\r\nbreak")]
    [InlineData("caf\u00e9")]
    public async Task TrailerThatHttpForbids_FailsTheCallNotTheConnection(string value)
    {
        await using var server = await WireServer.StartAsync((_, context) =>
        {
            context.ResponseTrailers.Add("x-bad", value);
            return Task.FromResult(new SimpleResponse());
        });

        var reply = await server.CallAsync(Request.Simple());

        Assert.Equal(2, reply.GrpcStatus);
        Assert.Null(reply.Trailer("x-bad"));
    }

    [Fact]
    public async Task HeadersTwice_IsTheHandlersError()
    {
        await using var server = await WireServer.StartAsync(async (_, context) =>
        {
            await context.WriteResponseHeadersAsync([]);
            await Assert.ThrowsAsync<InvalidOperationException>(() => context.WriteResponseHeadersAsync([]));
            return new SimpleResponse { Username = "ok" };
        });

        Assert.Equal("ok", (await server.CallAsync(Request.Simple())).Message(SimpleResponse.Parser).Username);
    }

    private static string Sorted(RawReply reply) =>
        string.Join('|', reply.Message(SimpleResponse.Parser).Username.Split('|').OrderBy(entry => entry, StringComparer.Ordinal));

    private static string Hex(string text) => Hex(Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => string.Join(' ', bytes.Select(value => value.ToString("x2", System.Globalization.CultureInfo.InvariantCulture)));
}
