namespace AuthSidecar.Platform.Invalidation;

/// <summary>Start of the unbroken Redis subscription, and its last confirmation by a probe. Times are timestamps of the clock.</summary>
internal sealed class SubscriptionHealth
{
    private readonly Lock _lock = new();
    private long _unbrokenSince = long.MaxValue;
    private long _confirmed = long.MinValue;
    private int _breaks;

    /// <summary>Number of breaks; a probe that spans a break confirms nothing.</summary>
    public int Breaks => Volatile.Read(ref _breaks);

    public bool IsUnbroken => Volatile.Read(ref _unbrokenSince) != long.MaxValue;

    /// <summary>True if the last probe was answered within <paramref name="longest"/>, and nothing broke since.</summary>
    public bool IsUp(long now, long longest) =>
        IsUnbroken && Volatile.Read(ref _confirmed) is var confirmed && confirmed != long.MinValue && now - confirmed <= longest;

    public void Break()
    {
        lock (_lock)
        {
            _breaks++;
            _unbrokenSince = long.MaxValue;
        }
    }

    /// <param name="asked">Time at which the probe was sent.</param>
    /// <param name="breaks"><see cref="Breaks"/> before that.</param>
    public void Confirm(long asked, int breaks)
    {
        lock (_lock)
        {
            if (breaks == _breaks)
            {
                _unbrokenSince = Math.Min(_unbrokenSince, asked);
                _confirmed = asked;
            }
        }
    }

    /// <summary>
    /// True if no message can have been lost since <paramref name="since"/>, and the last confirmation is no older than
    /// <paramref name="longest"/>.
    /// </summary>
    public bool Covers(long since, long now, long longest) =>
        Volatile.Read(ref _unbrokenSince) <= since
        && Volatile.Read(ref _confirmed) is var confirmed
        && confirmed != long.MinValue
        && now - confirmed <= longest;
}
