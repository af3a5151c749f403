using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pricing;

/// <summary>Tokens of a row, each in the one category in which it is charged.</summary>
internal readonly record struct ChargedTokens(long Input, long Output, long CachedRead, long CachedWrite, long Reasoning)
{
    private const long Million = 1_000_000;

    // The highest budget: absurd counts of a provider must not overflow sums.
    private const long MostMicros = 1_000_000_000_000;

    // An event of a stream, which has at least one token.
    private const int BytesOfEvent = 256;

    /// <param name="row">Unknown counts are 0.</param>
    public static ChargedTokens Of(UsageRow row)
    {
        var (input, output) = (row.InputTokens ?? 0, row.OutputTokens ?? 0);
        var (read, write, reasoning) = (row.CachedReadTokens ?? 0, row.CachedWriteTokens ?? 0, row.ReasoningTokens ?? 0);

        // A part greater than its whole cannot be included in it.
        var isInInput = row.Facts.HasFlag(UsageFacts.HasCachedInInput) && read + write <= input;
        var isInOutput = row.Facts.HasFlag(UsageFacts.HasReasoningInOutput) && reasoning <= output;
        return new(isInInput ? input - read - write : input, isInOutput ? output - reasoning : output, read, write, reasoning);
    }

    /// <summary>Lower bound of the usage: the counts so far, or the observed amounts where they are greater.</summary>
    public static ChargedTokens Seen(UsageRow row)
    {
        var counts = Of(row);
        var input = row.SeenInputTokens ?? Unobserved(row, row.RequestBytes);
        var output = row.SeenOutputTokens ?? Unobserved(row, row.ResponseBytes);
        return counts with
        {
            Input = counts is { Input: 0, CachedRead: 0, CachedWrite: 0 } ? input : counts.Input,
            Output = Math.Max(counts.Output, output - counts.Reasoning),
        };
    }

    // WebSockets are never observed.
    private static long Unobserved(UsageRow row, long? bytes) => row.Facts.HasFlag(UsageFacts.Observed) ? 0 : (bytes ?? 0) / BytesOfEvent;

    /// <returns>Millionths of the currency; null: a needed price is unknown.</returns>
    public long? At(Price? price)
    {
        if (price is null)
        {
            return null;
        }

        ReadOnlySpan<long?> parts =
        [
            Micros(Input, price.Input),
            Micros(Output, price.Output),
            Micros(CachedRead, price.CachedRead ?? price.Input),
            Micros(CachedWrite, price.CachedWrite ?? price.Input),
            Micros(Reasoning, price.Reasoning ?? price.Output),
        ];
        var sum = 0L;
        foreach (var part in parts)
        {
            if (part is not { } micros)
            {
                return null;
            }

            sum += micros;
        }

        return Math.Min(sum, MostMicros);
    }

    private static long? Micros(long tokens, long? price) =>
        tokens == 0 ? 0
        : price is { } known ? (long)Int128.Min((Int128)tokens * known / Million, MostMicros)
        : null;
}
