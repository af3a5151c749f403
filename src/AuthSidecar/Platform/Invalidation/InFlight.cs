namespace AuthSidecar.Platform.Invalidation;

/// <summary>Bounds the concurrent calls of one kind, because calls that wait for a hanging server hold memory.</summary>
internal sealed class InFlight(int limit)
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts one more call, until <see cref="Leave"/>.</summary>
    /// <returns>False at the limit.</returns>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= limit)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
