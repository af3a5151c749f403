using System.Security.Cryptography;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Exponential backoff with jitter for an unavailable store.</summary>
internal sealed class Backoff(TimeProvider time)
{
    private static readonly TimeSpan _first = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan _longest = TimeSpan.FromSeconds(2);

    private TimeSpan _pause;
    private long _since;

    /// <summary>Consecutive failures.</summary>
    public int Failures { get; private set; }

    /// <summary>Remaining pause.</summary>
    public TimeSpan Wait => Failures > 0 && _pause - time.GetElapsedTime(_since) is var rest && rest > TimeSpan.Zero ? rest : TimeSpan.Zero;

    public void Fail()
    {
        var most = _first * Math.Pow(2, Math.Min(Failures, 10));
        most = most < _longest ? most : _longest;
        _pause = (most / 2) + (most / 2 * RandomNumberGenerator.GetInt32(1000) / 1000);
        _since = time.GetTimestamp();
        Failures++;
    }

    public void Reset() => Failures = 0;
}
