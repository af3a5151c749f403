namespace AuthSidecar.WebSockets.Leases;

/// <summary>
/// Sockets that ended recently, so that a late renewal does not count one again. Bounded, oldest evicted first; the caller locks.
/// </summary>
/// <param name="memory">Retention of each, in timestamps.</param>
internal sealed class EndedSockets(long memory)
{
    private const int Most = 16_384;

    private readonly HashSet<string> _names = new(StringComparer.Ordinal);
    private readonly Queue<(string Name, long At)> _order = [];

    public bool Contains(string name) => _names.Contains(name);

    public void Add(string name, long now)
    {
        if (!_names.Add(name))
        {
            return;
        }

        _order.Enqueue((name, now));
        if (_order.Count > Most)
        {
            _names.Remove(_order.Dequeue().Name);
        }
    }

    public void Trim(long now)
    {
        while (_order.TryPeek(out var oldest) && oldest.At + memory <= now)
        {
            _names.Remove(_order.Dequeue().Name);
        }
    }
}
