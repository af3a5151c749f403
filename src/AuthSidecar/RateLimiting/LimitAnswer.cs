using AuthSidecar.Pipeline;

namespace AuthSidecar.RateLimiting;

internal enum LimitVerdict
{
    /// <summary>Nobody counted, and that means no: the default value, which must never let anything through.</summary>
    Unavailable,

    /// <summary>Counted in every bucket.</summary>
    Counted,

    /// <summary>Some bucket is full; counted in none.</summary>
    Refused,

    /// <summary>May pass without having been counted.</summary>
    Uncounted,
}

/// <summary>What counting one request came to.</summary>
/// <param name="Verdict">Whether it may pass.</param>
/// <param name="State">After <see cref="LimitVerdict.Counted"/>: the bucket that is nearest to its end.</param>
/// <param name="RetryAfter">After <see cref="LimitVerdict.Refused"/>: when every bucket has room again; more than zero.</param>
internal readonly record struct LimitAnswer(LimitVerdict Verdict, LimitState State, TimeSpan RetryAfter)
{
    public static LimitAnswer Uncounted { get; } = new(LimitVerdict.Uncounted, default, default);

    public static LimitAnswer Counted(LimitState state) => new(LimitVerdict.Counted, state, default);

    public static LimitAnswer Refused(TimeSpan retryAfter) => new(LimitVerdict.Refused, default, retryAfter);
}
