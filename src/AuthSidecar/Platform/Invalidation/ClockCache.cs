using System.Collections.Concurrent;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>A bounded map with CLOCK eviction. Reads are lock-free; the owner serializes writes.</summary>
internal sealed class ClockCache<TKey, TValue>(int capacity)
    where TKey : notnull
    where TValue : class
{
    private readonly ConcurrentDictionary<TKey, Node> _nodes = new(concurrencyLevel: 1, capacity: 31);
    private readonly List<Node> _ring = [];
    private int _hand;

    public int Count => _ring.Count;

    public TValue? Find(TKey key)
    {
        if (!_nodes.TryGetValue(key, out var node))
        {
            return null;
        }

        if (!node.WasRead)
        {
            node.WasRead = true;
        }

        return node.Value;
    }

    public void Set(TKey key, TValue value)
    {
        if (_nodes.TryGetValue(key, out var known))
        {
            known.Value = value;
            return;
        }

        if (_ring.Count >= capacity)
        {
            RemoveAt(Victim());
        }

        var node = new Node(key, value) { Slot = _ring.Count };
        _ring.Add(node);
        _nodes[key] = node;
    }

    public void Remove(TKey key)
    {
        if (_nodes.TryGetValue(key, out var node))
        {
            RemoveAt(node.Slot);
        }
    }

    public void RemoveWhere(Func<TKey, TValue, bool> condition)
    {
        for (var slot = _ring.Count - 1; slot >= 0; slot--)
        {
            if (condition(_ring[slot].Key, _ring[slot].Value))
            {
                RemoveAt(slot);
            }
        }
    }

    public void Clear()
    {
        _nodes.Clear();
        _ring.Clear();
        _hand = 0;
    }

    private int Victim()
    {
        while (true)
        {
            _hand = _hand + 1 < _ring.Count ? _hand + 1 : 0;
            var node = _ring[_hand];
            if (!node.WasRead)
            {
                return _hand;
            }

            node.WasRead = false;
        }
    }

    private void RemoveAt(int slot)
    {
        _nodes.TryRemove(_ring[slot].Key, out _);
        var last = _ring[^1];
        last.Slot = slot;
        _ring[slot] = last;
        _ring.RemoveAt(_ring.Count - 1);
    }

    private sealed class Node(TKey key, TValue value)
    {
        public readonly TKey Key = key;
        public volatile TValue Value = value;
        public bool WasRead;
        public int Slot;
    }
}
