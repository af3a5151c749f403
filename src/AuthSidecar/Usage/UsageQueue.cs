using System.Threading.Channels;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>Parts of usage rows that wait for the store. Whoever tells of a request never waits and never fails: when it is full, what comes is dropped and counted.</summary>
internal sealed class UsageQueue
{
    private readonly Channel<UsageRow> _parts;
    private readonly Channel<bool> _pressure = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly int _high;
    private long _offered;
    private long _dropped;
    private long _taken;

    /// <param name="capacity">Most parts that wait.</param>
    public UsageQueue(int capacity)
    {
        Capacity = capacity;
        _high = Math.Max(1, capacity / 4 * 3);
        _parts = Channel.CreateBounded<UsageRow>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
    }

    public int Capacity { get; }

    public long Offered => Interlocked.Read(ref _offered);

    public long Dropped => Interlocked.Read(ref _dropped);

    public long Depth => Math.Max(0, Offered - Dropped - Interlocked.Read(ref _taken));

    /// <summary>So many wait that some should go elsewhere before the rest is dropped.</summary>
    public bool IsNearlyFull => Depth >= _high;

    /// <param name="part">What is told; nobody changes it afterwards.</param>
    /// <returns>False when it is dropped.</returns>
    public bool Offer(UsageRow part)
    {
        Interlocked.Increment(ref _offered);
        if (!_parts.Writer.TryWrite(part))
        {
            Interlocked.Increment(ref _dropped);
            return false;
        }

        if (IsNearlyFull)
        {
            _pressure.Writer.TryWrite(true);
        }

        return true;
    }

    /// <summary>Takes nothing more in; what waits can still be taken out.</summary>
    public void Close() => _parts.Writer.TryComplete();

    public bool TryTake(out UsageRow part)
    {
        if (_parts.Reader.TryRead(out part!))
        {
            Interlocked.Increment(ref _taken);
            return true;
        }

        return false;
    }

    /// <summary>Puts back what was taken and could not be put anywhere.</summary>
    /// <returns>False when there is no room, and it is dropped.</returns>
    public bool PutBack(UsageRow part)
    {
        Interlocked.Decrement(ref _taken);
        if (_parts.Writer.TryWrite(part))
        {
            return true;
        }

        Interlocked.Increment(ref _dropped);
        return false;
    }

    /// <returns>False when it is closed and empty.</returns>
    public ValueTask<bool> WaitAsync(CancellationToken cancellationToken) => _parts.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Returns when it was nearly full.</summary>
    public ValueTask<bool> WaitForPressureAsync(CancellationToken cancellationToken) => _pressure.Reader.ReadAsync(cancellationToken);
}
