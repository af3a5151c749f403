using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.RateLimiting;

internal enum LimitVerdict
{
    /// <summary>Default. No verdict; always denies.</summary>
    Unavailable,

    /// <summary>Counted in every bucket.</summary>
    Counted,

    /// <summary>A bucket is full; counted in none.</summary>
    Denied,

    /// <summary>Allowed without being counted.</summary>
    Uncounted,
}

/// <summary>Result of counting one request.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="State">After <see cref="LimitVerdict.Counted"/>: the bucket with the fewest remaining permits.</param>
/// <param name="RetryAfter">After <see cref="LimitVerdict.Denied"/>: time until every bucket has room; positive.</param>
/// <param name="Full">After <see cref="LimitVerdict.Denied"/>: index of the bucket that has room last.</param>
internal readonly record struct LimitAnswer(LimitVerdict Verdict, LimitState State, TimeSpan RetryAfter, int Full = 0)
{
    public static LimitAnswer Uncounted { get; } = new(LimitVerdict.Uncounted, default, default);

    public static LimitAnswer Counted(LimitState state) => new(LimitVerdict.Counted, state, default);

    public static LimitAnswer Denied(TimeSpan retryAfter, int full = 0) => new(LimitVerdict.Denied, default, retryAfter, full);
}
