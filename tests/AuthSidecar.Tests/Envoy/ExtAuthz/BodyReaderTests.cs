using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;
using Envoy.Service.Auth.V3;
using Google.Protobuf;

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

    private static RequestBody Read(string body, params (string Name, string Value)[] headers)
    {
        var http = new AttributeContext.Types.HttpRequest
        {
            Method = "POST",
            Path = "/",
            RawBody = ByteString.CopyFrom(Encoding.UTF8.GetBytes(body)),
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
