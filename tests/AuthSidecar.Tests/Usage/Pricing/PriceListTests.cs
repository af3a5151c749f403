using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pricing;

namespace AuthSidecar.Tests.Usage.Pricing;

public class PriceListTests
{
    private static readonly DateTimeOffset _january = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Unordered: the order of the list does not matter.
    private static readonly PriceList _list = new([
        Of("openai", "gpt-*", 2),
        Of("openai", "*", 1),
        Of("openai", "gpt-5", 6),
        Of("openai", "gpt-5*", 3),
        Of("openai", "gpt-5*mini", 4),
        Of("openai", "gpt-5-?ini", 5),
        Of("openai", "gpt-5", 7, _january.AddMonths(1)),
        Of("openai", "gpt-6", 8, _january.AddMonths(1)),
        Of("anthropic", "claude-*", 9),
    ]);

    [Theory]
    [InlineData("openai", "gpt-5", 6)]
    [InlineData("openai", "gpt-5-mini", 5)]
    [InlineData("openai", "gpt-5.1-mini", 4)]
    [InlineData("openai", "gpt-5.1", 3)]
    [InlineData("openai", "gpt-4o", 2)]
    [InlineData("openai", "o3", 1)]
    [InlineData("openai", "GPT-5", 1)]
    [InlineData("openai", "gpt-6", 2)]
    [InlineData("anthropic", "claude-opus", 9)]
    [InlineData("anthropic", "gpt-5", null)]
    [InlineData("Anthropic", "claude-opus", null)]
    [InlineData("none", "gpt-5", null)]
    public void Find_TakesTheMostSpecific(string provider, string model, int? input) =>
        Assert.Equal(input, _list.Find(provider, model, _january)?.Input);

    [Theory]
    [InlineData("gpt-5", -1, null)]
    [InlineData("gpt-5", 0, 6L)]
    [InlineData("gpt-5", 31 * 86_400 - 1, 6L)]
    [InlineData("gpt-5", 31 * 86_400, 7L)]
    [InlineData("gpt-6", 31 * 86_400 - 1, 2L)]
    [InlineData("gpt-6", 31 * 86_400, 8L)]
    public void Find_TakesTheLatestThatHolds(string model, int seconds, long? input) =>
        Assert.Equal(input, _list.Find("openai", model, _january.AddSeconds(seconds))?.Input);

    [Fact]
    public void Find_IsTheSame_BeyondTheCacheCapacity()
    {
        for (var i = 0; i < 10_000; i++)
        {
            Assert.Equal(2, _list.Find("openai", $"gpt-4-{i}", _january)?.Input);
        }

        Assert.Equal(5, _list.Find("openai", "gpt-5-mini", _january)?.Input);
    }

    private static Price Of(string provider, string model, long input, DateTimeOffset? from = null) =>
        new()
        {
            Provider = provider,
            Model = model,
            From = from ?? _january,
            Input = input,
        };
}
