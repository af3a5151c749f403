using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Decisions.Policies;

/// <summary>Answer of a limit while Redis is unavailable: the same limit in this process, a denial, or no limit.</summary>
internal enum RedisDownAnswer
{
    FallbackLocal,
    Deny,
    Allow,
}

internal static class RedisDownAnswers
{
    /// <summary>The label of metrics that count requests decided without Redis.</summary>
    public static KeyValuePair<string, object?> Label(this RedisDownAnswer answer) =>
        new(
            "answer",
            answer switch
            {
                RedisDownAnswer.FallbackLocal => "fallback_local",
                RedisDownAnswer.Allow => "allow",
                _ => "deny",
            }
        );
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

    /// <summary>Tokens that a provider may count in any <see cref="TokenWindow"/>, prompts and answers together; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Tokens { get; set; }

    /// <summary>Length of that window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan TokenWindow { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Requests of one caller that may run at a time; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Parallel { get; set; }

    /// <summary>
    /// Whether requests that generate nothing at a provider use a permit: lists of models, token counts, bookkeeping, HEAD.
    /// </summary>
    public bool CountFreeCalls { get; set; } = true;

    /// <summary>Answer while Redis is unavailable; null: as in <c>Limits</c>.</summary>
    public RedisDownAnswer? WhenRedisIsDown { get; set; }
}
