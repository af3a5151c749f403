using AuthSidecar.Decisions.Answers;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Usage.TokenLimits;

public sealed class TokenHeadersTests
{
    private static readonly TokenState _state = new(200_000, 1500, TimeSpan.FromSeconds(90.5), new(2026, 1, 2, 3, 4, 5, 1, TimeSpan.Zero));

    [Theory]
    [InlineData(0, "0ms")]
    [InlineData(12, "12ms")]
    [InlineData(1000, "1s")]
    [InlineData(1500, "1.5s")]
    [InlineData(360_000, "6m0s")]
    [InlineData(90_500, "1m30.5s")]
    [InlineData(3_600_000, "1h0m0s")]
    [InlineData(90_061_000, "25h1m1s")]
    public void Duration_IsWrittenAsOpenAiWritesIt(long milliseconds, string text) =>
        Assert.Equal(text, TokenHeaders.Duration(TimeSpan.FromMilliseconds(milliseconds)));

    [Fact]
    public void OpenAi_AndAllOthers() =>
        Assert.Equal(
            ["x-ratelimit-limit-tokens: 200000", "x-ratelimit-remaining-tokens: 1500", "x-ratelimit-reset-tokens: 1m30.5s"],
            Lines(ErrorShape.Canonical)
        );

    [Fact]
    public void Anthropic_NamesAnInstant_NeverTooEarly() =>
        Assert.Equal(
            [
                "anthropic-ratelimit-tokens-limit: 200000",
                "anthropic-ratelimit-tokens-remaining: 1500",
                "anthropic-ratelimit-tokens-reset: 2026-01-02T03:04:06Z",
            ],
            Lines(ErrorShape.Anthropic)
        );

    private static IEnumerable<string> Lines(ErrorShape shape) =>
        TokenHeaders.Of(shape, _state).Select(header => $"{header.Key}: {header.Value}");
}
