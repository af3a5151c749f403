namespace AuthSidecar.Administration.Composition;

/// <summary>Decides after each round of calls whether the warm-up continues.</summary>
/// <param name="longest">No round begins later.</param>
/// <param name="time">The clock.</param>
/// <param name="compiled">Number of methods compiled since the start of the process.</param>
internal sealed class WarmUpProgress(TimeSpan longest, TimeProvider time, Func<long> compiled)
{
    // A few methods are compiled at any time, for timers and other work in the background.
    private const int MethodsOfQuietRound = 5;
    private const int QuietRounds = 3;

    private readonly long _started = time.GetTimestamp();
    private long _compiled = compiled();
    private int _quiet;

    /// <summary>Call once after each round.</summary>
    /// <returns>False: the time is over, or the last rounds left hardly anything to compile.</returns>
    public bool Continues()
    {
        var now = compiled();
        _quiet = now - _compiled <= MethodsOfQuietRound ? _quiet + 1 : 0;
        _compiled = now;
        return _quiet < QuietRounds && !IsOver;
    }

    public bool IsOver => time.GetElapsedTime(_started) >= longest;
}
