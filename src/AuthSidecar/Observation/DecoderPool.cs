namespace AuthSidecar.Observation;

/// <summary>How much memory the decoders of this process may hold at once. Those of requests and those of responses have a bound each: a client that leaves compressed requests open must not keep answers from being counted.</summary>
internal sealed class DecoderPool(string name, long capacity)
{
    private const long MiB = 1024 * 1024;

    private long _used;
    private long _refused;

    /// <summary>Seven decoders with the largest window that is read, or five hundred of gzip.</summary>
    public static DecoderPool Requests { get; } = new("request", 32 * MiB);

    /// <summary>Sixty decoders with the largest window that is read, or four thousand of gzip.</summary>
    public static DecoderPool Responses { get; } = new("response", 256 * MiB);

    public string Name { get; } = name;

    /// <summary>Bytes that are taken.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Bodies that were left unread for want of memory.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <returns>False: there is not so much left.</returns>
    public bool TryTake(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= capacity)
        {
            return true;
        }

        Return(bytes);
        Interlocked.Increment(ref _refused);
        return false;
    }

    public void Return(long bytes) => Interlocked.Add(ref _used, -bytes);
}
