using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.Tests.Access.Requests;

public sealed class TokenTextTests
{
    private const string Jwt = "eyJhbGciOiJub25lIn0.eyJpc3MiOiJhIn0.c2ln";
    private static readonly string _key = KeyToken.Generate(TokenFamily.Ask);
    private static readonly string _legacy = "pk_" + new string('a', 43);

    public static TheoryData<string, string> Hidden =>
        new()
        {
            { $"/v1/{_key}", "/v1/****" },
            { $"/v1/bot{_key}.json", "/v1/bot****.json" },
            { $"/{_key}/{KeyToken.Generate(TokenFamily.Ase)};a={KeyToken.Generate(TokenFamily.Aso)}", "/****/****;a=****" },
            { $"/{_legacy}/x", "/****/x" },
            { $"/{Jwt}/x", "/****/x" },
            { $"/{Jwt}", "/****" },
            { $"/%61sk_{_key[4..]}", "/****" },
            { $"/%2561sk_{_key[4..]}", "/****" },
            { string.Concat(_key.Select(character => $"%{(int)character:X2}")), "****" },
            { $"ask_x{_key}", "ask_x****" },
            { $"/eyJ{_key}", "/eyJ****" },
            { $"/x{Jwt}", "/x****" },
        };

    public static TheoryData<string> Shown =>
        new()
        {
            "/",
            "",
            "/v1/chat/completions",
            "/ask_question",
            "/task_manager/ask_12",
            $"/{_key[..^1]}",
            "/pk_live_51H8abcdefghijklmnopqrstuvwx",
            $"/x{_legacy}",
            $"{_legacy}a",
            "/eyJ.a.",
            "/eyJhbGciOiJub25lIn0",
            "/a%20b",
        };

    [Theory]
    [MemberData(nameof(Hidden))]
    public void AToken_IsHidden_HoweverItIsSpelt(string path, string expected) => Assert.Equal(expected, TokenText.Hide(path));

    /// <summary>
    /// 60 KiB with the start of a token at every third character: with a scan per start, two hundred such texts would take minutes.
    /// </summary>
    [Theory]
    [InlineData("")]
    [InlineData(".a.b")]
    public void ManyBeginnings_TakeNoTime(string end)
    {
        var path = "/" + string.Concat(Enumerable.Repeat("eyJ", 20_000)) + end;
        var watch = System.Diagnostics.Stopwatch.StartNew();

        for (var i = 0; i < 200; i++)
        {
            _ = TokenText.Hide(path);
        }

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromMinutes(1));
    }

    [Theory]
    [MemberData(nameof(Shown))]
    public void WhatIsNoToken_IsShownAsItCame(string path) => Assert.Same(path, TokenText.Hide(path));
}
