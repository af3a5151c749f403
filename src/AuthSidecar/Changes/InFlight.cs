namespace AuthSidecar.Changes;

/// <summary>How many calls of one kind are under way, and how many may be: what waits for a server that hangs keeps memory.</summary>
internal sealed class InFlight(int most)
{
    private int _count;

    public int Count => Volatile.Read(ref _count);

    /// <summary>True: one more is under way, until <see cref="Leave"/>.</summary>
    public bool TryEnter()
    {
        if (Interlocked.Increment(ref _count) <= most)
        {
            return true;
        }

        Leave();
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _count);
}
