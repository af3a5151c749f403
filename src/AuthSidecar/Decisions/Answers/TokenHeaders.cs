using System.Globalization;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Answers;

/// <summary>The token limit in the headers that a provider's SDKs and agents read: Anthropic's, otherwise OpenAI's.</summary>
internal static class TokenHeaders
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(ErrorShape shape, TokenState state)
    {
        var (limit, remaining) = (Text(state.Tokens), Text(state.Remaining));
        return shape == ErrorShape.Anthropic
            ?
            [
                new("anthropic-ratelimit-tokens-limit", limit),
                new("anthropic-ratelimit-tokens-remaining", remaining),
                new("anthropic-ratelimit-tokens-reset", Instant(state.ResetAt)),
            ]
            :
            [
                new("x-ratelimit-limit-tokens", limit),
                new("x-ratelimit-remaining-tokens", remaining),
                new("x-ratelimit-reset-tokens", Duration(state.Reset)),
            ];
    }

    // In whole seconds, never too early.
    private static string Instant(DateTimeOffset time) =>
        new DateTime(
            (time.UtcTicks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond,
            DateTimeKind.Utc
        ).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    /// <summary>As OpenAI writes durations: <c>12ms</c>, <c>1.5s</c>, <c>6m0s</c>, <c>1h0m0s</c>.</summary>
    internal static string Duration(TimeSpan time)
    {
        var milliseconds = (long)Math.Ceiling(time.TotalMilliseconds);
        if (milliseconds < 1000)
        {
            return $"{Text(milliseconds)}ms";
        }

        var rounded = TimeSpan.FromMilliseconds(milliseconds);
        var seconds = (rounded.TotalSeconds % 60).ToString("0.###", CultureInfo.InvariantCulture);
        return rounded.TotalHours >= 1 ? $"{Text((long)rounded.TotalHours)}h{rounded.Minutes}m{seconds}s"
            : rounded.TotalMinutes >= 1 ? $"{rounded.Minutes}m{seconds}s"
            : $"{seconds}s";
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
