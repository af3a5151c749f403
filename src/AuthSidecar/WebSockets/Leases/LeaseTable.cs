using System.Runtime.InteropServices;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.WebSockets.Leases;

/// <summary>
/// The leases of this process, in bounded memory. A lease taken at t expires at exactly t + <see cref="ISocketLeases.Life"/>.
/// </summary>
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

    /// <returns>True when it was unknown and is counted now.</returns>
    public bool Renew(SocketLease lease)
    {
        lock (_lock)
        {
            var now = Trim();
            if (_held.TryGetValue(lease.DecisionId, out var known))
            {
                Move(known, now + _life);
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

    /// <summary>Applies the result of renewing a shared lease.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="answer">The result.</param>
    /// <param name="isRenewed">False when the call only synchronised the state of this table.</param>
    /// <returns>True when this replica adopted it.</returns>
    public bool Follow(SocketLease lease, RenewAnswer answer, bool isRenewed = true)
    {
        switch (answer)
        {
            case RenewAnswer.Other:
                Forget(lease.DecisionId);
                break;
            case RenewAnswer.Ended:
                End(lease.DecisionId);
                break;
            default:
                if (isRenewed)
                {
                    Renew(lease);
                }

                break;
        }

        return answer == RenewAnswer.Adopted;
    }

    /// <summary>Applies another replica's update of a lease of this one.</summary>
    /// <param name="id">Decision id.</param>
    /// <param name="left">Remaining lifetime; zero: another replica's; negative: ended.</param>
    public void Follow(string id, TimeSpan left)
    {
        switch (left.Ticks)
        {
            case > 0:
                Extend(id, left);
                break;
            case 0:
                Forget(id);
                break;
            default:
                End(id);
                break;
        }
    }

    /// <summary>Frees its slot for good.</summary>
    public void End(string id)
    {
        lock (_lock)
        {
            _ended.Add(id, Trim());
            if (_held.TryGetValue(id, out var known))
            {
                Remove(known);
            }
        }
    }

    /// <summary>Remaining lifetime, or null.</summary>
    public TimeSpan? RestOf(string id)
    {
        lock (_lock)
        {
            var now = Trim();
            return _held.TryGetValue(id, out var known) ? time.ToTimeSpan(known.End - now) : null;
        }
    }

    public IReadOnlyList<SocketLease> All()
    {
        lock (_lock)
        {
            Trim();
            return [.. _held.Values.Select(held => held.Lease)];
        }
    }

    private void Forget(string id)
    {
        lock (_lock)
        {
            if (_held.TryGetValue(id, out var known))
            {
                Remove(known);
            }
        }
    }

    private void Extend(string id, TimeSpan rest)
    {
        lock (_lock)
        {
            var now = Trim();
            if (_held.TryGetValue(id, out var known) && now + time.ToTimestamps(rest) is var end && end > known.End)
            {
                Move(known, end);
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

    private void Move(Held held, long end)
    {
        _byEnd.Remove(held);
        held.End = end;
        _byEnd.Add(held);
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
        public static IComparer<Held> EarliestFirst { get; } =
            Comparer<Held>.Create(
                (one, other) =>
                    one.End.CompareTo(other.End) is not 0 and var order
                        ? order
                        : string.CompareOrdinal(one.Lease.DecisionId, other.Lease.DecisionId)
            );

        public SocketLease Lease { get; } = lease;

        public long End { get; set; }
    }
}
