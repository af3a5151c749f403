using System.Threading.Channels;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>
/// Parts of usage rows that wait for the store. Whoever tells of a request never waits and never fails: when it is full, what comes is dropped and counted.
/// The last eighth is not for refusals of callers that nobody knows, of which anybody can make as many as he likes.
/// </summary>
internal sealed class UsageQueue
{
    private readonly Channel<UsageRow> _parts;
    private readonly Channel<bool> _pressure = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly int _high;
    private readonly int _crowded;
    private volatile bool _isClosed;
    private long _offered;
    private long _refused;
    private long _lost;
    private long _taken;

    /// <param name="capacity">Most parts that wait.</param>
    public UsageQueue(int capacity)
    {
        Capacity = capacity;
        _high = Math.Max(1, capacity / 4 * 3);
        _crowded = capacity - (capacity / 8);
        _parts = Channel.CreateBounded<UsageRow>(new BoundedChannelOptions(capacity) { FullMode = BoundedChannelFullMode.Wait });
    }

    public int Capacity { get; }

    public long Offered => Interlocked.Read(ref _offered);

    /// <summary>Parts that no row will ever know of.</summary>
    public long Dropped => Interlocked.Read(ref _refused) + Interlocked.Read(ref _lost);

    public long Depth => Math.Max(0, Offered - Interlocked.Read(ref _refused) - Interlocked.Read(ref _taken));

    public bool IsClosed => _isClosed;

    /// <summary>So many wait that some should go elsewhere before the rest is dropped.</summary>
    public bool IsNearlyFull => Depth >= _high;

    /// <param name="part">What is told; nobody changes it afterwards.</param>
    /// <returns>False when it is dropped.</returns>
    public bool Offer(UsageRow part)
    {
        RowText.Bound(part);
        Interlocked.Increment(ref _offered);
        if ((Depth > _crowded && IsOfNobody(part)) || !_parts.Writer.TryWrite(part))
        {
            Interlocked.Increment(ref _refused);
            _pressure.Writer.TryWrite(true);
            return false;
        }

        if (IsNearlyFull)
        {
            _pressure.Writer.TryWrite(true);
        }

        return true;
    }

    /// <summary>The same for what can be told again later: it is lost neither way, so nothing is counted as dropped.</summary>
    public bool TryOffer(UsageRow part)
    {
        if (_parts.Writer.TryWrite(part))
        {
            Interlocked.Increment(ref _offered);
            return true;
        }

        _pressure.Writer.TryWrite(true);
        return false;
    }

    /// <summary>Takes nothing more in; what waits can still be taken out.</summary>
    public void Close()
    {
        _isClosed = true;
        _parts.Writer.TryComplete();
    }

    /// <summary>Takes up to so many, without waiting.</summary>
    public void TakeInto(List<UsageRow> parts, int most)
    {
        while (parts.Count < most && _parts.Reader.TryRead(out var part))
        {
            Interlocked.Increment(ref _taken);
            parts.Add(part);
        }
    }

    /// <summary>Puts back what was taken and could not be put anywhere; where there is no room, it is dropped and counted.</summary>
    public void PutBack(IReadOnlyList<UsageRow> parts)
    {
        foreach (var part in parts)
        {
            if (_parts.Writer.TryWrite(part))
            {
                Interlocked.Decrement(ref _taken);
            }
            else
            {
                Interlocked.Increment(ref _lost);
            }
        }
    }

    /// <summary>Counts what was taken and could be put nowhere.</summary>
    public void Lose(int parts) => Interlocked.Add(ref _lost, parts);

    /// <summary>Returns when something waits, when it is closed, or when the time is up.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _parts.Reader.WaitToReadAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // That is an end too.
        }
    }

    /// <summary>Returns when it was nearly full.</summary>
    public ValueTask<bool> WaitForPressureAsync(CancellationToken cancellationToken) => _pressure.Reader.ReadAsync(cancellationToken);

    private static bool IsOfNobody(UsageRow part) => part is { KeyId: null, UserId: null, Decision: "deny" or "close" };
}
