using System.ComponentModel.DataAnnotations;

namespace AuthSidecar.Decisions.Policies;

/// <summary>What a limit answers while Redis is down: the same limit in this process, a refusal, or a pass.</summary>
internal enum RedisDownAnswer
{
    FallbackLocal,
    Deny,
    Allow,
}

/// <summary>A policy's own limit; <see cref="Permits"/> 0: none.</summary>
internal sealed class LimitOptions
{
    /// <summary>Requests in any window; 0: no limit.</summary>
    [Range(0, int.MaxValue)]
    public int Permits { get; set; } = 60;

    /// <summary>Length of the window.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>What to answer while Redis is down; null: as in <c>Limits</c>.</summary>
    public RedisDownAnswer? WhenRedisIsDown { get; set; }
}
