using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pricing;

namespace AuthSidecar.Tests.Usage.Pricing;

/// <summary>Responses name models differently from price lists.</summary>
public class PricedNamesTests
{
    private static readonly DateTimeOffset _january = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("gpt-4o", "gpt-4o-2024-08-06")]
    [InlineData("gpt-4o", "openai/gpt-4o")]
    [InlineData("gpt-4o", "openai/gpt-4o-2024-11-20")]
    [InlineData("openai/gpt-4o", "openai/gpt-4o-2024-11-20")]
    [InlineData("gpt-4", "gpt-4-0613")]
    [InlineData("gpt-3.5-turbo-16k", "gpt-3.5-turbo-16k-0613")]
    [InlineData("gpt-4.1", "gpt-4.1-2025-04-14")]
    [InlineData("claude-3-5-sonnet", "claude-3-5-sonnet-20241022")]
    [InlineData("claude-3-5-sonnet", "claude-3-5-sonnet-latest")]
    [InlineData("claude-3-5-sonnet-latest", "claude-3-5-sonnet-20241022")]
    [InlineData("claude-3-5-sonnet", "claude-3-5-sonnet@20241022")]
    [InlineData("claude-3-5-sonnet-v2", "claude-3-5-sonnet-v2@20241022")]
    [InlineData("claude-3-haiku", "claude-3-haiku@001")]
    [InlineData("claude-3-5-sonnet", "anthropic.claude-3-5-sonnet-20241022-v2:0")]
    [InlineData("claude-3-5-sonnet", "us.anthropic.claude-3-5-sonnet-20241022-v2:0")]
    [InlineData("anthropic.claude-3-5-sonnet", "eu.anthropic.claude-3-5-sonnet-20241022-v2:0")]
    [InlineData("nova-pro", "us-gov.amazon.nova-pro-v1:0")]
    [InlineData("gemini-1.5-pro", "models/gemini-1.5-pro")]
    [InlineData("gemini-1.5-pro", "gemini-1.5-pro-002")]
    [InlineData("models/gemini-1.5-pro", "gemini-1.5-pro-002")]
    [InlineData("gemini-1.5-pro", "publishers/google/models/gemini-1.5-pro-002")]
    [InlineData("gemini-2.5-flash-preview", "gemini-2.5-flash-preview-05-20")]
    [InlineData("gemini-2.5-flash-preview", "gemini-2.5-flash-preview-09-2025")]
    [InlineData("mistral-large", "mistral-large-2411")]
    [InlineData("llama3", "llama3:latest")]
    [InlineData("deepseek-v3", "deepseek-v3-0324")]
    [InlineData("gpt-4?", "gpt-4o-2024-08-06")]
    [InlineData("meta-llama/Llama-3-70B", "meta-llama/Llama-3-70B")]
    public void APrice_FitsTheSameModelUnderAnotherName(string priced, string answered) => Assert.NotNull(Find(answered, priced));

    [Theory]
    [InlineData("gpt-4o", "gpt-4o-mini")]
    [InlineData("gpt-4o", "gpt-4o-mini-2024-07-18")]
    [InlineData("gpt-4o", "gpt-4o-audio-preview-2024-12-17")]
    [InlineData("gpt-4", "gpt-4o")]
    [InlineData("gpt-4", "gpt-4-32k")]
    [InlineData("gpt-4", "gpt-4-turbo-2024-04-09")]
    [InlineData("gpt-4o-2024-05-13", "gpt-4o-2024-08-06")]
    [InlineData("gpt-4o-2024-05-13", "gpt-4o")]
    [InlineData("gpt-4o", "ft:gpt-4o:acme::id")]
    [InlineData("gpt-4o", "gpt-4o-2024-13-06")]
    [InlineData("gpt-4o", "gpt-4o-2024-08-06-mini")]
    [InlineData("claude-opus-4", "claude-opus-4-1-20250805")]
    [InlineData("gemini-1.5-flash", "gemini-1.5-flash-8b-001")]
    [InlineData("whisper-large", "whisper-large-v3")]
    [InlineData("llama3", "llama3:70b")]
    [InlineData("deepseek-r1", "deepseek/deepseek-r1:free")]
    [InlineData("o1", "o1-pro-2025-03-19")]
    [InlineData("1", "gpt-4.1")]
    [InlineData("", "2024-08-06")]
    public void APrice_IsNotOneOfAnotherModel(string priced, string answered) => Assert.Null(Find(answered, priced));

    // Prices in any order: the longest name has precedence, then the longest prefix.
    [Theory]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o-2024-08-06", "gpt-4o", "gpt-4o*", "gpt-*", "*")]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o", "gpt-4o*", "gpt-*", "*")]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o-2024*", "gpt-4o", "*")]
    [InlineData("gpt-4o-2024-08-06", "gpt-4o", "*")]
    [InlineData("gpt-4o-mini-2024-07-18", "gpt-4o-mini", "gpt-4o", "gpt-4")]
    [InlineData("openai/gpt-4o-2024-08-06", "openai/gpt-4o", "gpt-4o", "*")]
    [InlineData("gpt-4o-mini", "*", "gpt-4o")]
    public void OfSeveral_TheLongestCounts(string answered, params string[] priced)
    {
        Assert.Equal(0, Find(answered, priced)?.Input);
        Assert.Equal(priced.Length - 1, Find(answered, [.. priced.Reverse()])?.Input);
    }

    [Fact]
    public void LongNames_AreDoneWithAtOnce()
    {
        var start = TimeProvider.System.GetTimestamp();
        foreach (
            var name in new[]
            {
                string.Concat(Enumerable.Repeat("-2024-08-06", 5000)),
                new string('a', 60_000) + ".",
                string.Concat(Enumerable.Repeat("a.", 5000)) + "b",
            }
        )
        {
            Assert.Null(Find(name, "gpt-4o"));
        }

        Assert.InRange(TimeProvider.System.GetElapsedTime(start), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    // The index of a name is its price.
    private static Price? Find(string answered, params string[] priced) =>
        new PriceList(
            priced.Select(
                (name, index) =>
                    new Price
                    {
                        Provider = "p",
                        Model = name,
                        From = _january,
                        Input = index,
                    }
            )
        ).Find("p", answered, _january);
}
