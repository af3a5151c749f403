using System.Text;
using AuthSidecar.Decisions.Text;
using AuthSidecar.TestSupport.Corpus;

namespace AuthSidecar.Tests.Administration.Keys;

public sealed class JwtTextTests
{
    [Theory]
    [InlineData("""{"iss":"https://a"}""", "https://a")]
    [InlineData("""{"iss":""}""", "")]
    [InlineData("""{"iss":7}""", null)]
    [InlineData("""{}""", null)]
    public void Issuer_IsItsText(string payload, string? issuer)
    {
        Assert.True(JwtText.TryRead($"{IssuerKey.Encode("{}")}.{IssuerKey.Encode(payload)}.x", out var text));
        Assert.Equal(issuer, text.Issuer);
    }

    [Fact]
    public void BrokenUtf8_IsNoText() =>
        Assert.False(
            JwtText.TryRead(
                $"{IssuerKey.Encode("{}")}.{IssuerKey.Encode([.. Encoding.ASCII.GetBytes("{\"iss\":\""), 0xC3, 0x28, .. Encoding.ASCII.GetBytes("\"}")])}.x",
                out _
            )
        );

    [Fact]
    public void AnythingAtAll_IsReadOrNot_AndNeverThrows()
    {
        string[] pieces =
        [
            "{",
            "}",
            "[",
            "]",
            "\"",
            ":",
            ",",
            "\\u",
            "\\ud800",
            "iss",
            "1",
            "1e999",
            "null",
            "\0",
            "é",
            "eyJ",
            ".",
            "..",
            "=",
            "-_",
            " ",
        ];
        var chance = new Random(7);
        for (var round = 0; round < 20_000; round++)
        {
            var (header, payload) = (Mixed(), Mixed());
            _ = JwtText.TryRead($"{IssuerKey.Encode(header)}.{IssuerKey.Encode(payload)}.{Mixed()}", out _);
            _ = JwtText.TryRead(header + payload, out _);
        }

        string Mixed() => string.Concat(Enumerable.Range(0, chance.Next(12)).Select(_ => pieces[chance.Next(pieces.Length)]));
    }
}
