using System.Runtime.InteropServices;
using AuthSidecar.Pipeline;
using AuthSidecar.RateLimiting;

namespace AuthSidecar.Sockets;

/// <summary>The leases that this process knows, in bounded memory. A lease made at t has lapsed at exactly t + <see cref="ISocketLeases.Life"/>.</summary>
internal sealed class LeaseTable(TimeProvider time)
{
    private const int MostLeases = 65_536;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly SortedSet<Held> _byEnd = new(Held.EarliestFirst);
    private readonly Dictionary<string, int> _perSubject = new(StringComparer.Ordinal);
    private readonly EndedSockets _ended = new(time.ToTimestamps(ISocketLeases.Life));
    private readonly long _life = time.ToTimestamps(ISocketLeases.Life);
    private long _lapsed;

    public int Count
    {
        get
        {
            lock (_lock)
            {
                Trim();
                return _held.Count;
            }
        }
    }

    /// <summary>How many were neither renewed nor ended in time.</summary>
    public long Lapsed
    {
        get
        {
            lock (_lock)
            {
                Trim();
                return _lapsed;
            }
        }
    }

    public LeaseVerdict Take(SocketLease lease, SocketCaps caps)
    {
        lock (_lock)
        {
            var now = Trim();
            if (_held.ContainsKey(lease.DecisionId) || _ended.Contains(lease.DecisionId))
            {
                return LeaseVerdict.Taken;
            }

            if (caps.PerUser > 0 && _perSubject.GetValueOrDefault(lease.Subject) >= caps.PerUser)
            {
                return LeaseVerdict.UserIsFull;
            }

            if (_held.Count >= (caps.PerReplica > 0 ? Math.Min(caps.PerReplica, MostLeases) : MostLeases))
            {
                return LeaseVerdict.ReplicaIsFull;
            }

            Add(lease, now + _life);
            return LeaseVerdict.Taken;
        }
    }

    /// <returns>True when it was not known before and is now.</returns>
    public bool Renew(SocketLease lease)
    {
        lock (_lock)
        {
            var now = Trim();
            if (_held.TryGetValue(lease.DecisionId, out var known))
            {
                _byEnd.Remove(known);
                known.End = now + _life;
                _byEnd.Add(known);
                return false;
            }

            if (_ended.Contains(lease.DecisionId) || _held.Count >= MostLeases)
            {
                return false;
            }

            Add(lease, now + _life);
            return true;
        }
    }

    public void End(SocketLease lease)
    {
        lock (_lock)
        {
            var now = Trim();
            _ended.Add(lease.DecisionId, now);
            if (_held.TryGetValue(lease.DecisionId, out var known))
            {
                Remove(known);
            }
        }
    }

    private long Trim()
    {
        var now = time.GetTimestamp();
        _ended.Trim(now);
        while (_byEnd.Min is { } first && first.End <= now)
        {
            Remove(first);
            _lapsed++;
        }

        return now;
    }

    private void Add(SocketLease lease, long end)
    {
        var held = new Held(lease) { End = end };
        _held.Add(lease.DecisionId, held);
        _byEnd.Add(held);
        CollectionsMarshal.GetValueRefOrAddDefault(_perSubject, lease.Subject, out _)++;
    }

    private void Remove(Held held)
    {
        _held.Remove(held.Lease.DecisionId);
        _byEnd.Remove(held);
        if (--CollectionsMarshal.GetValueRefOrNullRef(_perSubject, held.Lease.Subject) == 0)
        {
            _perSubject.Remove(held.Lease.Subject);
        }
    }

    private sealed class Held(SocketLease lease)
    {
        public static IComparer<Held> EarliestFirst { get; } = Comparer<Held>.Create((one, other) =>
            one.End.CompareTo(other.End) is not 0 and var order ? order : string.CompareOrdinal(one.Lease.DecisionId, other.Lease.DecisionId));

        public SocketLease Lease { get; } = lease;

        public long End { get; set; }
    }
}
