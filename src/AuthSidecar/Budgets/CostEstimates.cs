using AuthSidecar.Changes;
using AuthSidecar.Usage;

namespace AuthSidecar.Budgets;

/// <summary>
/// What a request will probably cost at least: the highest of what the same caller's last requests under the same policy have cost, halved every five minutes, and never less than the floor.
/// Cheap requests lower nothing, and nothing is taken from other callers. In bounded memory.
/// </summary>
/// <param name="time">A clock.</param>
/// <param name="floor">Millionths of the currency.</param>
internal sealed class CostEstimates(TimeProvider time, long floor = UsageOptions.DefaultEstimateFloor)
{
    /// <summary>Of a caller of whom nothing is known, where the floor is not higher.</summary>
    public const long DefaultMicros = UsageOptions.DefaultEstimateFloor;

    private const int MostCallers = 65_536;

    /// <summary>In which a cost counts half.</summary>
    public static readonly TimeSpan HalfLife = TimeSpan.FromMinutes(5);

    private readonly Lock _learning = new();
    private readonly ClockCache<(string Policy, string Caller), Peak> _peaks = new(MostCallers);

    /// <summary>The floor; 0: what Check sees of a request does not count either.</summary>
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
