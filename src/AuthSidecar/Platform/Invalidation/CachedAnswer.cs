namespace AuthSidecar.Platform.Invalidation;

/// <summary>An answer and its deadline.</summary>
/// <param name="result">The answer.</param>
/// <param name="now">Timestamp of the read.</param>
/// <param name="deadline">Timestamp from which it must be read again.</param>
internal sealed class CachedAnswer<TAnswer>(TAnswer result, long now, long deadline)
{
    private long _noted = now;

    public TAnswer Result { get; } = result;

    public bool IsLive(long now) => now < deadline;

    /// <summary>True once per interval, for one of concurrent callers.</summary>
    public bool IsUseToBeNoted(long now, long interval)
    {
        var noted = Volatile.Read(ref _noted);
        return now - noted >= interval && Interlocked.CompareExchange(ref _noted, now, noted) == noted;
    }
}
