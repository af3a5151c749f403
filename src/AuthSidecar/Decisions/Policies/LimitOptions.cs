using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Decisions.Policies;

/// <summary>Answer of a limit while Redis is unavailable: the same limit in this process, a denial, or no limit.</summary>
internal enum RedisDownAnswer
{
    FallbackLocal,
    Deny,
    Allow,
}

/// <summary>Rate limit of a policy.</summary>
internal sealed class LimitOptions
{
    /// <summary>Requests allowed in any window; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Permits { get; set; } = 60;

    /// <summary>Length of the window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Whether requests that generate nothing at a provider use a permit: lists of models, token counts, bookkeeping, HEAD.
    /// </summary>
    public bool CountFreeCalls { get; set; } = true;

    /// <summary>Answer while Redis is unavailable; null: as in <c>Limits</c>.</summary>
    public RedisDownAnswer? WhenRedisIsDown { get; set; }
}
