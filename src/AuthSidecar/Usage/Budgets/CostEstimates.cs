using AuthSidecar.Platform.Invalidation;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// Estimates the cost of a request: the highest recent cost of the same caller under the same policy, with a half-life of five minutes, and
/// at least the floor. Cheap requests do not lower it, and callers do not affect each other. In bounded memory.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="floor">Millionths of the currency.</param>
internal sealed class CostEstimates(TimeProvider time, long floor = UsageOptions.DefaultEstimateFloor)
{
    /// <summary>Estimate for an unknown caller, unless the floor is higher.</summary>
    public const long DefaultMicros = UsageOptions.DefaultEstimateFloor;

    private const int MostCallers = 65_536;

    /// <summary>Half-life of a cost.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(5);

    private readonly Lock _learning = new();
    private readonly ClockCache<(string Policy, string Caller), Peak> _peaks = new(MostCallers);

    /// <summary>The floor; 0 also disables the estimate from the prompt.</summary>
    public long Floor => floor;

    /// <returns>Millionths of the currency, at least 1.</returns>
    public long Of(string policy, string caller) =>
        _peaks.Find((policy, caller)) is { } peak ? Math.Max(Math.Max(1, floor), Left(peak)) : Math.Max(DefaultMicros, floor);

    public void Learn(string policy, string caller, long micros)
    {
        lock (_learning)
        {
            if (_peaks.Find((policy, caller)) is not { } known || micros >= Left(known))
            {
                _peaks.Set((policy, caller), new(micros, time.GetTimestamp()));
            }
        }
    }

    private long Left(Peak peak) => (long)Math.Ceiling(peak.Micros * Math.Pow(0.5, time.GetElapsedTime(peak.At) / HalfLife));

    private sealed record Peak(long Micros, long At);
}
