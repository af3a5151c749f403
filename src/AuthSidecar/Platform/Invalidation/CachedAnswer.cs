namespace AuthSidecar.Platform.Invalidation;

/// <summary>An answer and its deadlines, timestamps of the clock.</summary>
/// <param name="result">The answer.</param>
/// <param name="noted">Time of the last noted use.</param>
/// <param name="renewal">From here it is read again.</param>
/// <param name="end">From here it counts only while its source does not answer.</param>
/// <param name="last">From here it does not count at all.</param>
internal sealed class CachedAnswer<TAnswer>(TAnswer result, long noted, long renewal, long end, long last)
{
    private long _noted = noted;

    public TAnswer Result { get; } = result;

    public long Noted => Volatile.Read(ref _noted);

    public bool IsLive(long now) => now < renewal;

    public bool HasEnded(long now) => now >= end;

    public bool IsUsable(long now) => now < last;

    /// <summary>True once per interval, for one of concurrent callers.</summary>
    public bool IsUseToBeNoted(long now, long interval)
    {
        var noted = Volatile.Read(ref _noted);
        return now - noted >= interval && Interlocked.CompareExchange(ref _noted, now, noted) == noted;
    }
}
