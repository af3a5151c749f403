namespace AuthSidecar.Usage.Observation;

/// <summary>
/// Bounds the memory of all decoders of this process, separately for requests and responses: a client with many open compressed requests
/// must not prevent responses from being counted.
/// </summary>
internal sealed class DecoderPool(string name, long capacity)
{
    private const long MiB = 1024 * 1024;

    private long _used;
    private long _refused;

    /// <summary>Seven decoders with the largest accepted window, or 500 gzip decoders.</summary>
    public static DecoderPool Requests { get; } = new("request", 32 * MiB);

    /// <summary>Sixty decoders with the largest accepted window, or 4,000 gzip decoders.</summary>
    public static DecoderPool Responses { get; } = new("response", 256 * MiB);

    public string Name { get; } = name;

    /// <summary>Bytes in use.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Bodies not read because the pool was exhausted.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <returns>False: the pool is exhausted.</returns>
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
