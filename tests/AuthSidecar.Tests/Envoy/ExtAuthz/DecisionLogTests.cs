using System.Text;
using System.Text.Json;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Envoy.ExtAuthz;

namespace AuthSidecar.Tests.Envoy.ExtAuthz;

/// <summary>Client-controlled texts are truncated in the decision log and marked as such.</summary>
public sealed class DecisionLogTests
{
    private const int WholeOnAPipe = 4096;

    [Theory]
    [InlineData("a")]
    [InlineData("\"")]
    [InlineData("\u0001")]
    [InlineData("ä")]
    [InlineData("😀")]
    [InlineData("\ud83d")]
    [InlineData("\0")]
    public void ClientControlledText_IsBounded(string letter)
    {
        var text = string.Concat(Enumerable.Repeat(letter, 60_000));

        var (bytes, line) = Logged(text, text, text);

        Assert.InRange(bytes, 1, WholeOnAPipe);
        Assert.InRange(JsonEncodedText.Encode(Text(line, "path")).EncodedUtf8Bytes.Length, 600, 1024);
        Assert.InRange(JsonEncodedText.Encode(Text(line, "host")).EncodedUtf8Bytes.Length, 128, 256);
        Assert.InRange(JsonEncodedText.Encode(Text(line, "method")).EncodedUtf8Bytes.Length, 1, 64);
        Assert.InRange(JsonEncodedText.Encode(Text(line, "asked_policy")).EncodedUtf8Bytes.Length, 1, 256);
        Assert.Matches(@"…\(\+\d+\)$", Text(line, "path"));
        Assert.Matches(@"…\(\+\d+\)$", Text(line, "host"));
    }

    [Fact]
    public void Truncation_ShowsTheMissingLength()
    {
        var path = "/" + new string('a', 58 * 1024);

        var text = Text(Logged("GET", "api", path).Line, "path");

        var kept = text[..text.IndexOf('…', StringComparison.Ordinal)];
        Assert.StartsWith("/aaaa", text, StringComparison.Ordinal);
        Assert.EndsWith($"…(+{path.Length - kept.Length})", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(170)]
    [InlineData(1023)]
    public void UpToTheBound_IsWhole(int length)
    {
        var path = "/" + new string('a', length);

        Assert.Equal(path, Text(Logged("GET", "api", path).Line, "path"));
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;

    private static (int Bytes, JsonElement Line) Logged(string method, string host, string path)
    {
        using var output = new MemoryStream();
        var headers = CheckRequestReader.Read(ReadOnlySpan<byte>.Empty).Headers;
        var context = new CheckContext(
            new()
            {
                Method = method,
                Host = host,
                Target = path,
                Headers = headers,
                PolicyName = host,
            },
            new string('0', 32)
        )
        {
            Detail = host,
        };
        new DecisionLog(TimeProvider.System, output).Write(context, new Decision.Deny(Denials.NoPolicy), TimeSpan.Zero);
        return ((int)output.Length, JsonDocument.Parse(Encoding.UTF8.GetString(output.ToArray())).RootElement);
    }
}
