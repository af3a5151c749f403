using AuthSidecar.Access.Requests;

namespace AuthSidecar.Tests.Access.Requests;

public sealed class CanonicalPathTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/v1/chat/completions", "/v1/chat/completions")]
    [InlineData("/v1/chat/", "/v1/chat/")]
    [InlineData("/v1/a?b=/../c", "/v1/a")]
    [InlineData("/v1/a?", "/v1/a")]
    [InlineData("/v1/caf%C3%A9", "/v1/café")]
    [InlineData("/v1/a%20b", "/v1/a b")]
    [InlineData("/v1/100%25", "/v1/100%")]
    [InlineData("/v1/models/gemini-pro:generateContent", "/v1/models/gemini-pro:generateContent")]
    [InlineData("/v1/a;x=1/b", "/v1/a;x=1/b")]
    [InlineData("/v1/...", "/v1/...")]
    [InlineData("/v1/..a", "/v1/..a")]
    [InlineData("/.well-known/x", "/.well-known/x")]
    [InlineData("/v1/~%41", "/v1/~A")]
    [InlineData("/v1/%25a", "/v1/%a")]
    [InlineData("/v1/%2525", "/v1/%25")]
    [InlineData("/%41", "/A")]
    public void OneReading_IsReturned(string target, string expected)
    {
        Assert.True(CanonicalPath.TryRead(target, out var path));
        Assert.Equal(expected, path);
    }

    [Theory]
    [InlineData("/adm;v=1/x", "/adm/x")]
    [InlineData("/adm;/x;y;z", "/adm/x")]
    [InlineData("/a/b;x", "/a/b")]
    [InlineData("/a/;x", "/a/")]
    [InlineData("/;x", "/")]
    [InlineData("/a%3Bx/b", "/a;x/b")]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/;v=1/adm/x", null)]
    [InlineData("/a/;x/b", null)]
    public void Parameters_AreNoPartOfTheServedPath(string raw, string? expected)
    {
        Assert.Equal(expected is not null, CanonicalPath.TryReadWithoutParameters(raw, out var path));
        Assert.Equal(expected, path);
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("v1/a")]
    [InlineData("?a=b")]
    [InlineData("http://evil/v1/x")]
    [InlineData("//v1/a")]
    [InlineData("/v1//a")]
    [InlineData("/v1/../admin")]
    [InlineData("/v1/..")]
    [InlineData("/v1/./a")]
    [InlineData("/v1/.")]
    [InlineData("/v1/%2e%2e/x")]
    [InlineData("/v1/a/%2E%2E/b")]
    [InlineData("/v1/.%2e/x")]
    [InlineData("/v1/..;/x")]
    [InlineData("/v1/.;/x")]
    [InlineData("/v1/.;x/y")]
    [InlineData("/v1/..;a=b/y")]
    [InlineData("/v1/..%3b/x")]
    [InlineData("/v1/%2e%2e%3Bx")]
    [InlineData("/v1/a%2fb")]
    [InlineData("/v1/a%2Fb")]
    [InlineData("/v1/a%5cb")]
    [InlineData("/v1/a\\b")]
    [InlineData("/v1/a#b")]
    [InlineData("/v1/a?b#c")]
    [InlineData("/v1/a\tb")]
    [InlineData("/v1/a b")]
    [InlineData("/v1/a\u0000")]
    [InlineData("/v1/a%00")]
    [InlineData("/v1/a%0d%0aHost: x")]
    [InlineData("/v1/a%7f")]
    [InlineData("/v1/%zz")]
    [InlineData("/v1/%2")]
    [InlineData("/v1/%")]
    [InlineData("/v1/%c0%af")]
    [InlineData("/v1/%c0%ae%c0%ae/x")]
    [InlineData("/v1/%e0%80%af")]
    [InlineData("/v1/%ed%a0%80")]
    [InlineData("/v1/%ff")]
    [InlineData("/v1/%f4%90%80%80")]
    [InlineData("/v1/caf\u00e9")]
    [InlineData("/v1/\ufffd")]
    [InlineData("/v1/%252e%252e/x")]
    [InlineData("/v1/%252Fx")]
    [InlineData("/v1/%255cx")]
    [InlineData("/v1/%252e")]
    [InlineData("/v1/a%252E")]
    [InlineData("/v1/a%252f")]
    [InlineData("/v1/a%255C")]
    [InlineData("/v1/a%1f")]
    [InlineData("/v1/%41\u007f")]
    [InlineData("/v1/%41\u00ff")]
    [InlineData("/v1/a?b c")]
    [InlineData("/v1/a?b\u0001")]
    [InlineData("/v1/a?b\u007f")]
    [InlineData("/v1/a?\ufffd")]
    public void TwoReadings_AreRefused(string target)
    {
        Assert.False(CanonicalPath.TryRead(target, out var path));
        Assert.Null(path);
    }

    [Fact]
    public void NothingToDecode_ReturnsTheSameInstance()
    {
        var target = string.Concat("/v1/", "models");

        Assert.True(CanonicalPath.TryRead(target, out var path));

        Assert.Same(target, path);
    }
}
