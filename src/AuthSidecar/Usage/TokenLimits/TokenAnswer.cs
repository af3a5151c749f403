namespace AuthSidecar.Usage.TokenLimits;

internal enum TokenVerdict
{
    /// <summary>Default. No verdict; always denies.</summary>
    Unavailable,

    /// <summary>Reserved in every bucket.</summary>
    Reserved,

    /// <summary>A bucket has no room now; reserved in none.</summary>
    Full,

    /// <summary>The request needs more than a bucket's whole limit; reserved in none.</summary>
    TooLarge,

    /// <summary>Allowed without being counted.</summary>
    Uncounted,
}

/// <summary>Result of reserving the tokens of one request.</summary>
/// <param name="Verdict">The verdict.</param>
/// <param name="Bucket">Index of the bucket that denies; of the one with the least left after <see cref="TokenVerdict.Reserved"/>.</param>
/// <param name="Remaining">Tokens left in that bucket.</param>
/// <param name="Reset">Time until the oldest tokens leave its window.</param>
/// <param name="RetryAfter">After <see cref="TokenVerdict.Full"/>: time until every bucket has room; positive.</param>
internal readonly record struct TokenAnswer(
    TokenVerdict Verdict,
    int Bucket = 0,
    long Remaining = 0,
    TimeSpan Reset = default,
    TimeSpan RetryAfter = default
);

/// <summary>Windows of tokens: in this process, or shared over Redis.</summary>
internal interface ITokenWindows
{
    /// <summary>Reserves for one request in all buckets or in none. A repeat of a reserved request needs no room.</summary>
    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="tokens">The estimate; 1 or more.</param>
    /// <param name="buckets">One or more, each once.</param>
    /// <param name="whenRedisIsDown">Answer without Redis.</param>
    ValueTask<TokenAnswer> ReserveAsync(
        string decisionId,
        long tokens,
        TokenBucket[] buckets,
        Decisions.Policies.RedisDownAnswer whenRedisIsDown
    );

    /// <summary>Replaces estimates by counts, at the time of the reservation. Ignores what is not reserved. Never throws.</summary>
    void Settle(IReadOnlyList<(string DecisionId, long Tokens)> counts);

    /// <summary>Removes the reservation of a request that a later step denied. Never throws.</summary>
    void Release(string decisionId);
}
