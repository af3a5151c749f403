namespace AuthSidecar.Changes;

/// <summary>Since when changes have come over Redis without a break, and when it last proved that it is there. Times are the clock's timestamps.</summary>
internal sealed class SubscriptionHealth
{
    private readonly Lock _lock = new();
    private long _unbrokenSince = long.MaxValue;
    private long _heard = long.MinValue;
    private int _breaks;

    /// <summary>Counts up; what was asked before a break and answered after it proves nothing.</summary>
    public int Breaks => Volatile.Read(ref _breaks);

    public bool IsUnbroken => Volatile.Read(ref _unbrokenSince) != long.MaxValue;

    public void Break()
    {
        lock (_lock)
        {
            _breaks++;
            _unbrokenSince = long.MaxValue;
        }
    }

    /// <param name="asked">When the question was sent that is answered now.</param>
    /// <param name="breaks"><see cref="Breaks"/> before that.</param>
    public void Hear(long asked, int breaks)
    {
        lock (_lock)
        {
            if (breaks == _breaks)
            {
                _unbrokenSince = Math.Min(_unbrokenSince, asked);
                _heard = asked;
            }
        }
    }

    /// <summary>True when nothing can have been missed since that time, as far as was heard within the longest silence.</summary>
    public bool Covers(long since, long now, long longest) =>
        Volatile.Read(ref _unbrokenSince) <= since && Volatile.Read(ref _heard) is var heard && heard != long.MinValue && now - heard <= longest;
}
