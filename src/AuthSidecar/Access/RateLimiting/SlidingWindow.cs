using System.Diagnostics;

namespace AuthSidecar.Access.RateLimiting;

/// <summary>
/// Timestamps, oldest first, of the requests that a bucket allowed within its window. The caller locks; all values are timestamps of one
/// clock.
/// </summary>
internal sealed class SlidingWindow
{
    private const int FirstCapacity = 4;

    private long[] _times = [];
    private int _head;
    private long _length;

    public int Count { get; private set; }

    /// <summary>True once removed from its owner's map: counts made here are lost.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>When Redis has denied a request for this bucket: no room before this timestamp.</summary>
    public long DeniedUntil { get; private set; }

    /// <summary>The permits for which <see cref="DeniedUntil"/> holds, or fewer.</summary>
    public int DeniedPermits { get; private set; }

    /// <summary>Removes expired entries: an entry made at t stops counting at exactly t + <paramref name="length"/>.</summary>
    public void Trim(long now, long length)
    {
        _length = length;
        while (Count > 0 && _times[_head] + length <= now)
        {
            _head = Next(_head);
            Count--;
        }
    }

    /// <summary>Ticks until there is room for one more; 0: now.</summary>
    public long UntilRoom(int permits, long now) => Count < permits ? 0 : At(Count - permits) + _length - now;

    /// <summary>Ticks until the oldest entry stops counting.</summary>
    public long UntilOldestLeaves(long now) => Count == 0 ? 0 : At(0) + _length - now;

    /// <summary>True when every entry has expired.</summary>
    public bool IsIdle(long now) => DeniedUntil <= now && (Count == 0 || At(Count - 1) + _length <= now);

    public void Deny(int permits, long until) => (DeniedPermits, DeniedUntil) = (permits, until);

    /// <param name="now">Not before any earlier entry.</param>
    /// <param name="permits">Maximum number of entries.</param>
    public void Add(long now, int permits)
    {
        Debug.Assert(Count < permits);
        if (Count == _times.Length)
        {
            Resize((int)Math.Min(permits, Math.Max(FirstCapacity, 2L * _times.Length)));
        }

        _times[Slot(Count)] = now;
        Count++;
    }

    /// <summary>Removes one entry, if present.</summary>
    public void Remove(long time)
    {
        var index = Count - 1;
        while (index >= 0 && At(index) != time)
        {
            index--;
        }

        if (index < 0)
        {
            return;
        }

        for (; index < Count - 1; index++)
        {
            _times[Slot(index)] = At(index + 1);
        }

        Count--;
    }

    public void RemoveNewest()
    {
        Count -= Count > 0 ? 1 : 0;
        DeniedUntil = 0;
    }

    public void Clear() => (Count, DeniedUntil) = (0, 0);

    /// <summary>Entries that fit without growing.</summary>
    public int Capacity => _times.Length;

    /// <summary>Gives memory back after a burst; room for twice the entries stays.</summary>
    public void Shrink(long now)
    {
        Trim(now, _length);
        if (_times.Length > Math.Max(FirstCapacity, 4 * Count))
        {
            Resize(Math.Max(FirstCapacity, 2 * Count));
        }
    }

    private long At(int index) => _times[Slot(index)];

    private int Slot(int index) => (int)(((long)_head + index) % _times.Length);

    private int Next(int slot) => slot + 1 == _times.Length ? 0 : slot + 1;

    private void Resize(int capacity)
    {
        var times = new long[capacity];
        for (var index = 0; index < Count; index++)
        {
            times[index] = At(index);
        }

        (_times, _head) = (times, 0);
    }
}
