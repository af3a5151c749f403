using AuthSidecar.Storage;

namespace AuthSidecar.Pricing;

/// <summary>The tokens of a row, each in the one category in which it is charged.</summary>
internal readonly record struct ChargedTokens(long Input, long Output, long CachedRead, long CachedWrite, long Reasoning)
{
    /// <param name="row">Whose counts; what is unknown is 0.</param>
    public static ChargedTokens Of(UsageRow row)
    {
        var (input, output) = (row.InputTokens ?? 0, row.OutputTokens ?? 0);
        var (read, write, reasoning) = (row.CachedReadTokens ?? 0, row.CachedWriteTokens ?? 0, row.ReasoningTokens ?? 0);

        // A part that is greater than the whole is not in it, whoever says so.
        var isInInput = row.Facts.HasFlag(UsageFacts.HasCachedInInput) && read + write <= input;
        var isInOutput = row.Facts.HasFlag(UsageFacts.HasReasoningInOutput) && reasoning <= output;
        return new(isInInput ? input - read - write : input, isInOutput ? output - reasoning : output, read, write, reasoning);
    }
}
