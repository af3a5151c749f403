using System.Runtime.InteropServices;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.ParallelLimits;

/// <summary>The leases of this process, in bounded memory. A lease taken at t expires at exactly t + its term.</summary>
/// <param name="time">The clock.</param>
/// <param name="mostTerm">Longest time without a renewal; null: the lifetime of each lease.</param>
internal sealed class RequestLeaseTable(TimeProvider time, TimeSpan? mostTerm = null)
{
    private const int MostLeases = 65_536;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly SortedSet<Held> _byEnd = new(Held.EarliestFirst);
    private readonly Dictionary<string, int> _perOwner = new(StringComparer.Ordinal);
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

    /// <summary>Leases that were neither renewed nor ended in time.</summary>
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

    /// <param name="lease">The request; idempotent.</param>
    /// <param name="capOf">The number of an owner's cap that this table may use; null: takes the lease regardless of the caps.</param>
    public LeaseAnswer Take(RequestLease lease, Func<int, int>? capOf)
    {
        lock (_lock)
        {
            var now = Trim();
            if (_held.ContainsKey(lease.DecisionId))
            {
                return LeaseAnswer.Taken;
            }

            for (var i = 0; capOf is not null && i < lease.Caps.Count; i++)
            {
                if (_perOwner.GetValueOrDefault(lease.Caps[i].Owner) >= capOf(lease.Caps[i].Most))
                {
                    return LeaseAnswer.FullAt(i);
                }
            }

            if (_held.Count >= MostLeases)
            {
                return default;
            }

            Add(lease, now);
            return LeaseAnswer.Taken;
        }
    }

    /// <summary>Counts it for another term, at most until its lifetime is over.</summary>
    public void Renew(string id)
    {
        lock (_lock)
        {
            var now = Trim();
            if (_held.TryGetValue(id, out var known))
            {
                _byEnd.Remove(known);
                known.End = EndOf(known.Lease, now, known.Taken);
                _byEnd.Add(known);
            }
        }
    }

    public void End(string id)
    {
        lock (_lock)
        {
            Trim();
            if (_held.TryGetValue(id, out var known))
            {
                Remove(known);
            }
        }
    }

    /// <summary>All leases with the rest of their terms if they were renewed now.</summary>
    public IReadOnlyList<(RequestLease Lease, TimeSpan Term)> All()
    {
        lock (_lock)
        {
            var now = Trim();
            return
            [
                .. _held.Values.Select(held =>
                    (held.Lease, time.ToTimeSpan((held.Lease.IsSocket ? held.End : EndOf(held.Lease, now, held.Taken)) - now))
                ),
            ];
        }
    }

    private long Trim()
    {
        var now = time.GetTimestamp();
        while (_byEnd.Min is { } first && first.End <= now)
        {
            Remove(first);
            _lapsed++;
        }

        return now;
    }

    private void Add(RequestLease lease, long now)
    {
        var held = new Held(lease, now) { End = EndOf(lease, now, now) };
        _held.Add(lease.DecisionId, held);
        _byEnd.Add(held);
        foreach (var cap in lease.Caps)
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_perOwner, cap.Owner, out _)++;
        }
    }

    private void Remove(Held held)
    {
        _held.Remove(held.Lease.DecisionId);
        _byEnd.Remove(held);
        foreach (var cap in held.Lease.Caps)
        {
            if (--CollectionsMarshal.GetValueRefOrNullRef(_perOwner, cap.Owner) == 0)
            {
                _perOwner.Remove(cap.Owner);
            }
        }
    }

    private long EndOf(RequestLease lease, long now, long taken)
    {
        if (lease.IsSocket)
        {
            return now + time.ToTimestamps(lease.Lifetime);
        }

        var last = taken + time.ToTimestamps(lease.Lifetime);
        return mostTerm is { } term ? Math.Min(last, now + time.ToTimestamps(term)) : last;
    }

    private sealed class Held(RequestLease lease, long taken)
    {
        public static IComparer<Held> EarliestFirst { get; } =
            Comparer<Held>.Create(
                (one, other) =>
                    one.End.CompareTo(other.End) is not 0 and var order
                        ? order
                        : string.CompareOrdinal(one.Lease.DecisionId, other.Lease.DecisionId)
            );

        public RequestLease Lease { get; } = lease;

        public long Taken { get; } = taken;

        public long End { get; set; }
    }
}
