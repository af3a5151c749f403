namespace AuthSidecar.SocketLeases;

/// <summary>Which sockets have ended lately, so that a late word of one does not make it count again. The oldest are forgotten first. Whoever uses it locks it.</summary>
/// <param name="memory">For how many timestamps each is remembered.</param>
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
