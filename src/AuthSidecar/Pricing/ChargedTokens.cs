using AuthSidecar.Storage;
using AuthSidecar.Upstream;

namespace AuthSidecar.Pricing;

/// <summary>The tokens of a row, each in the one category in which it is charged. Providers count some of them twice, and not the same ones.</summary>
internal readonly record struct ChargedTokens(long Input, long Output, long CachedRead, long CachedWrite, long Reasoning)
{
    /// <param name="row">Whose counts; what is unknown is 0.</param>
    /// <param name="dialect">How its provider counts.</param>
    public static ChargedTokens Of(UsageRow row, Dialect dialect)
    {
        var (input, output) = (row.InputTokens ?? 0, row.OutputTokens ?? 0);
        var (read, write, reasoning) = (row.CachedReadTokens ?? 0, row.CachedWriteTokens ?? 0, row.ReasoningTokens ?? 0);

        // A part that is greater than the whole is not in it, whoever says so.
        var isInInput = HasCachedInInput(row, dialect) && read + write <= input;
        var isInOutput = dialect != Dialect.Gemini && reasoning <= output;
        return new(isInInput ? input - read - write : input, isInOutput ? output - reasoning : output, read, write, reasoning);
    }

    // Anthropic's input_tokens, and the Recorder's, are those that came from no cache; OpenAI's and Gemini's are all of them.
    private static bool HasCachedInInput(UsageRow row, Dialect dialect) =>
        dialect != Dialect.Anthropic && (row.Facts & (UsageFacts.Recorded | UsageFacts.Observed)) != UsageFacts.Recorded;
}
