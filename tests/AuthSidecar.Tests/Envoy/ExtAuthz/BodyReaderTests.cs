using System.IO.Compression;
using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;
using ZstdSharp;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>
/// Bodies that the corpus cannot express: Envoy's own headers about a body, and both body fields of the request.
/// </summary>
public sealed class BodyReaderTests
{
    private const string Body = """{"model":"gpt-4o"}""";

    [Theory]
    [InlineData("false", "Read")]
    [InlineData("true", "Unreadable")]
    [InlineData("", "Unreadable")]
    [InlineData("False", "Unreadable")]
    public void PartialBody_IsUnreadable(string partial, string state) =>
        Assert.Equal(state, $"{Read(Body, ("x-envoy-auth-partial-body", partial)).State}");

    [Theory]
    [InlineData("Content-Encoding", "gzip", "identity")]
    [InlineData("content-encoding", "identity", "gzip")]
    [InlineData("content-type", "application/json", "text/plain")]
    [InlineData("x-envoy-auth-partial-body", "false", "true")]
    public void RepeatedHeader_IsUnreadable(string name, string first, string second) =>
        Assert.Equal(BodyState.Unreadable, Read(Body, (name, first), (name, second)).State);

    [Theory]
    [InlineData("application/json", "Read")]
    [InlineData("Application/JSON ; charset=utf-8", "Read")]
    [InlineData("application/vnd.api+json", "Read")]
    [InlineData("text/json", "Unreadable")]
    [InlineData("application/json-patch", "Unreadable")]
    [InlineData("application/json,text/plain", "Unreadable")]
    [InlineData("multipart/form-data; boundary=x", "Unreadable")]
    [InlineData("", "Unreadable")]
    public void MediaType(string type, string state) => Assert.Equal(state, $"{Read(Body, ("content-type", type)).State}");

    [Theory]
    [InlineData("{\"model\":\"\\ud800\"}")]
    [InlineData("{\"model\":\"gpt-4o\"} x")]
    [InlineData("{\"model\":\"gpt-4o\",}")]
    [InlineData("{'model':'gpt-4o'}")]
    [InlineData("\"model\"")]
    [InlineData(" ")]
    public void NoPlainObject_IsUnreadable(string body) => Assert.Equal(new(BodyState.Unreadable), Read(body));

    [Theory]
    [InlineData("zstd")]
    [InlineData("Zstd")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void CodedBody_IsRead(string coding) =>
        Assert.Equal(new(BodyState.Read, "gpt-4o"), Read(Coded(coding, Encoding.UTF8.GetBytes(Body)), ("content-encoding", coding)));

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public void CodedBody_OfMoreThanEightMebibytes_IsUnreadable(string coding)
    {
        var bomb = Encoding.UTF8.GetBytes($$"""{"model":"gpt-4o","x":"{{new string('x', 8 * 1024 * 1024)}}"}""");

        Assert.Equal(new(BodyState.Unreadable), Read(Coded(coding, bomb), ("content-encoding", coding)));
    }

    [Theory]
    [InlineData("zstd")]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    [InlineData("zstd, gzip")]
    [InlineData("aes128gcm")]
    public void BodyOfAnotherCoding_IsUnreadable(string coding) =>
        Assert.Equal(new(BodyState.Unreadable), Read(Body, ("content-encoding", coding)));

    [Fact]
    public void CodedBody_ThatIsCutOff_IsUnreadable()
    {
        var coded = Coded("zstd", Encoding.UTF8.GetBytes(Body));

        Assert.Equal(new(BodyState.Unreadable), Read(coded[..^1], ("content-encoding", "zstd")));
    }

    [Fact]
    public void CodedBody_IsNotDecoded_BeforeAStepNeedsIt()
    {
        var bomb = Coded("zstd", Encoding.UTF8.GetBytes($$"""{"model":"gpt-4o","x":"{{new string('x', 7 * 1024 * 1024)}}"}"""));
        var message = Question(http =>
        {
            http.RawBody = ByteString.CopyFrom(bomb);
            http.Headers.Add("content-type", "application/json");
            http.Headers.Add("content-encoding", "zstd");
        });
        var before = GC.GetAllocatedBytesForCurrentThread();

        var request = CheckRequestReader.Read(message);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 512 * 1024);
        Assert.Equal(new(BodyState.Read, "gpt-4o"), request.Body);
    }

    [Fact]
    public void BrotliBody_ThatAlsoBeginsLikeJson_IsUnreadable()
    {
        // Window of 8 MiB, then an uncompressed block of 247 bytes, then the empty last block: RFC 7932 9.
        byte[] coded = [(byte)'\r', (byte)'{', 0x80, .. Encoding.UTF8.GetBytes(Body.PadRight(247)), 0x03];
        using var decoder = new BrotliStream(new MemoryStream(coded), CompressionMode.Decompress);
        using var text = new StreamReader(decoder);
        Assert.Equal(Body, text.ReadToEnd().TrimEnd());

        Assert.Equal(new(BodyState.Unreadable), Read(coded, ("content-encoding", "br")));
    }

    [Fact]
    public void InvalidUtf8_IsUnreadable()
    {
        byte[] body = [.. """{"model":"gpt-4o","mod"""u8, 0xFF, .. """el":"o3"}"""u8];

        Assert.Equal(new(BodyState.Unreadable), Read(body));
    }

    [Theory]
    [InlineData("\\u017f", "model", "s")]
    [InlineData("\u017f", "model", "s")]
    [InlineData("\u212a", "fallbac", "s")]
    public void LettersThatGoFolds_AreRead(string letter, string before, string after)
    {
        var name = before == "model" ? before + letter : before + letter + after;

        Assert.Equal(new(BodyState.Unreadable), Read($$"""{"model":"gpt-4o","{{name}}":["o3"]}"""));
    }

    [Fact]
    public void LongestBody_IsRead()
    {
        var body = $$"""{"messages":"{{new string('x', 32 * 1024 * 1024)}}","model":"gpt-4o"}""";

        Assert.Equal(new(BodyState.Read, "gpt-4o"), Read(body));
        Assert.Equal(new(BodyState.Unreadable), Read($$"""{"model":"{{new string('m', 1024 * 1024)}}"}"""));
    }

    [Fact]
    public void Body_CutAnywhere_IsUnreadable()
    {
        const string Whole = """{"messages":[{"content":"\u00e4 x"}],"tools":[{"model":"m"}],"mod\u0065l":"gpt-4o"}""";

        Assert.Equal(new(BodyState.Read, "gpt-4o", "m"), Read(Whole));
        Assert.All(Enumerable.Range(1, Whole.Length - 1), length => Assert.Equal(new(BodyState.Unreadable), Read(Whole[..length])));
    }

    [Fact]
    public void DeepBody_IsUnreadable() =>
        Assert.Equal(
            new(BodyState.Unreadable),
            Read($$"""{"model":"gpt-4o","x":{{new string('[', 100_000)}}{{new string(']', 100_000)}}}""")
        );

    [Fact]
    public void LongNames_AreNoModels()
    {
        Assert.Equal(new(BodyState.Unreadable), Read($$"""{"model":"{{new string('x', 300)}}"}"""));
        Assert.Equal(new(BodyState.Read, "m"), Read($$"""{"{{string.Concat(Enumerable.Repeat("\\u0061", 300))}}":1,"model":"m"}"""));
        Assert.Equal(new(BodyState.Read), Read("{}"));
    }

    [Fact]
    public void BothBodyFields_AreRead()
    {
        Assert.Equal("gpt-4o", CheckRequestReader.Read(Question(http => http.Body = Body)).Body.Model);
        Assert.Equal("gpt-4o", CheckRequestReader.Read(Question(http => http.RawBody = ByteString.CopyFromUtf8(Body))).Body.Model);
        Assert.Equal(default, CheckRequestReader.Read(Question(_ => { })).Body);
    }

    [Fact]
    public void BothFieldsAtOnce_AreNotOneBody() =>
        Assert.Equal(
            BodyState.Unreadable,
            CheckRequestReader
                .Read(Question(http => (http.Body, http.RawBody) = ("""{"model":"o3"}""", ByteString.CopyFromUtf8(Body))))
                .Body.State
        );

    private static byte[] Question(Action<AttributeContext.Types.HttpRequest> fill)
    {
        var http = new AttributeContext.Types.HttpRequest { Method = "POST", Path = "/" };
        fill(http);
        return new CheckRequest { Attributes = new() { Request = new() { Http = http } } }.ToByteArray();
    }

    private static byte[] Coded(string coding, byte[] body)
    {
        using var coded = new MemoryStream();
        using (
            Stream encoder = coding.ToLowerInvariant() switch
            {
                "zstd" => new CompressionStream(coded),
                "gzip" => new GZipStream(coded, CompressionLevel.Fastest),
                "br" => new BrotliStream(coded, CompressionLevel.Fastest),
                _ => new ZLibStream(coded, CompressionLevel.Fastest),
            }
        )
        {
            encoder.Write(body);
        }

        return coded.ToArray();
    }

    private static RequestBody Read(string body, params (string Name, string Value)[] headers) =>
        Read(Encoding.UTF8.GetBytes(body), headers);

    private static RequestBody Read(byte[] body, params (string Name, string Value)[] headers)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "POST",
            Path = "/",
            RawBody = ByteString.CopyFrom(body),
            HeaderMap = new(),
        };
        http.HeaderMap.Headers.AddRange(
            headers.Select(header => new global::Envoy.Config.Core.V3.HeaderValue
            {
                Key = header.Name,
                RawValue = ByteString.CopyFromUtf8(header.Value),
            })
        );
        return CheckRequestReader.Read(new CheckRequest { Attributes = new() { Request = new() { Http = http } } }.ToByteArray()).Body;
    }
}
