namespace AuthSidecar.Access.RateLimiting;

/// <summary>The failed authentications of one address, and the end of a block by the shared count. All values are timestamps.</summary>
internal sealed class AddressFailures
{
    private readonly SlidingWindow _window = new();
    private long _sharedUntil = long.MinValue;

    /// <returns>True when neither count blocked the address before, so that the failure must be shared.</returns>
    public bool Add(int permits, long length, long now)
    {
        lock (_window)
        {
            _window.Trim(now, length);
            if (_window.UntilRoom(permits, now) > 0)
            {
                return false;
            }

            _window.Add(now, permits);
            return now >= _sharedUntil;
        }
    }

    /// <summary>Blocks the address because the shared count reached the limit.</summary>
    public void BlockUntil(long timestamp)
    {
        lock (_window)
        {
            _sharedUntil = timestamp;
        }
    }

    /// <summary>Timestamps until the next lookup; 0: now.</summary>
    public long UntilLookup(int permits, long length, long now)
    {
        lock (_window)
        {
            _window.Trim(now, length);
            return Math.Max(_window.UntilRoom(permits, now), now < _sharedUntil ? _sharedUntil - now : 0);
        }
    }

    public bool IsIdle(long now)
    {
        lock (_window)
        {
            return _window.IsIdle(now) && now >= _sharedUntil;
        }
    }
}
