using AuthSidecar.Usage.Recording;

namespace AuthSidecar.Tests.Usage.Recording;

public sealed class RedactedTextTests
{
    [Theory]
    [InlineData(
        "Incorrect API key provided: sk-proj-4c9f0Q_x-Zk2m7. See the docs.",
        "Incorrect API key provided: [REDACTED] See the docs."
    )]
    [InlineData("Incorrect API key provided: sk-abcde***********wxyz", "Incorrect API key provided: [REDACTED]")]
    [InlineData("key sk-ant-api03-AbCdEfGhIjKl is bad", "key [REDACTED] is bad")]
    [InlineData("key AIzaSyA0123456789abcdef, and gsk_0123456789abcdef", "key [REDACTED], and [REDACTED]")]
    [InlineData("(ask_abcdefghijkl_0123456789abcdefghijkl)", "([REDACTED])")]
    [InlineData("header Authorization: Bearer abc.def!ghi was refused", "header Authorization: Bearer [REDACTED] was refused")]
    [InlineData("authorization: 12ab was refused", "authorization: [REDACTED] was refused")]
    [InlineData("basic dXNlcjpwYXNz", "basic [REDACTED]")]
    [InlineData("""{"api_key":"short1","model":"gpt-5"}""", """{"api_key":"[REDACTED]","model":"gpt-5"}""")]
    [InlineData(
        "POST https://h/v1/models/m:generate?alt=sse&key=short1&x=1",
        "POST https://h/v1/models/m:generate?alt=sse&key=[REDACTED]&x=1"
    )]
    [InlineData("client_secret=a, password = b; x-api-key: c", "client_secret=[REDACTED], password = [REDACTED]; x-api-key: [REDACTED]")]
    [InlineData("token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln is over", "token [REDACTED] is over")]
    [InlineData("coder's Aa0Bb1Cc2D-0123456789abcdefghijkl", "coder's [REDACTED]")]
    [InlineData("Azure's 0123456789abcdef0123456789abcdef", "Azure's [REDACTED]")]
    [InlineData("sk-0123456789abcdef sk-0123456789abcdef", "[REDACTED] [REDACTED]")]
    public void WhatLooksLikeACredential_IsLeftOut(string text, string expected) => Assert.Equal(expected, RedactedText.Error(text));

    [Theory]
    [InlineData("The model is busy.")]
    [InlineData("max_tokens: 4096 is more than claude-3-5-sonnet-20241022 can; prompt_tokens=3")]
    [InlineData("model accounts/fireworks/models/llama-v3p1-405b-instruct not found")]
    [InlineData("request 0195d3c4-0000-7000-8000-0000000000aa failed, req_011CQabcDEF")]
    [InlineData("task-force, risk-assessment-of-things, Donaudampfschifffahrtsgesellschaftskapitän")]
    [InlineData("sk-...xyz")]
    [InlineData("日本 😀")]
    public void OtherText_Stays(string text) => Assert.Equal(text, RedactedText.Error(text));

    [Theory]
    [InlineData("")]
    [InlineData(" \t\r\n")]
    public void Nothing_IsNull(string text) => Assert.Null(RedactedText.Error(text));

    [Fact]
    public void FiveHundredCharacters_AreLeft()
    {
        var text = string.Join(' ', Enumerable.Repeat("word", 100));

        Assert.Equal(499, text.Length);
        Assert.Equal(text + "s", RedactedText.Error($" {text}s "));
        Assert.Equal($"{text[..^5]} …", RedactedText.Error(text + "ss"));
    }

    /// <summary>At every position of the cut, also where the replacement is longer than the credential.</summary>
    [Fact]
    public void Truncation_LeavesNoPartOfACredential()
    {
        for (var before = 440; before < 520; before++)
        {
            var kept = RedactedText.Error(new string('.', before - 1) + " sk-S3CR3T-S3CR3T-S3CR3T-S3CR3T " + new string('x', 300))!;

            Assert.InRange(kept.Length, 1, RedactedText.LongestError);
            Assert.DoesNotContain("S3", kept, StringComparison.Ordinal);
        }

        var many = RedactedText.Error(string.Join(' ', Enumerable.Repeat("password=b", 60)))!;
        Assert.InRange(many.Length, 400, RedactedText.LongestError);
        Assert.DoesNotContain("=b", many, StringComparison.Ordinal);
    }

    [Fact]
    public void Cut_LeavesNoHalfOfAPair()
    {
        for (var before = 0; before < 3; before++)
        {
            var kept = RedactedText.Error(new string('a', before) + string.Concat(Enumerable.Repeat("😀", 400)))!;

            Assert.InRange(kept.Length, 490, RedactedText.LongestError);
            Assert.Equal(kept, new(kept.EnumerateRunes().SelectMany(rune => rune.ToString()).ToArray()));
            Assert.DoesNotContain('\uFFFD', kept);
        }
    }
}
