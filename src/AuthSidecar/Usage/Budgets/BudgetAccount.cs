namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// Spend of a caller, a key line or a shared budget in one period, and the reservations of running requests, as known in this process.
/// Change only under <see cref="BudgetAccounts.Gate"/>.
/// </summary>
internal sealed class BudgetAccount(AccountName name)
{
    private const int MostPending = 4096;
    private const int MostEnded = 64;

    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly Queue<(string DecisionId, long End)> _byEnd = [];
    private readonly HashSet<string> _pending = new(StringComparer.Ordinal);
    private long _spent;
    private long _ticket = -1;

    public AccountName Name => name;

    /// <summary>Millionths of the currency.</summary>
    public long Spent => Volatile.Read(ref _spent);

    /// <summary>Sum of all reservations.</summary>
    public long Reserved { get; private set; }

    public bool IsIdle => _held.Count == 0;

    /// <summary>Evicted: it receives no further settlements.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>
    /// Id of the shared account in Redis, while the shared account is up to date with this one; null: it must be synchronized.
    /// </summary>
    public string? SharedId { get; set; }

    /// <summary>Applies a read of the store, unless a later one was applied already.</summary>
    /// <param name="spent">Spend in the store.</param>
    /// <param name="ticket">Drawn before the read.</param>
    public void Learn(long spent, long ticket)
    {
        if (ticket > _ticket)
        {
            _ticket = ticket;
            Volatile.Write(ref _spent, spent);
        }
    }

    public bool Holds(string decisionId) => _held.ContainsKey(decisionId);

    public void Hold(string decisionId, long micros, long end)
    {
        if (_held.TryAdd(decisionId, new(micros, end)))
        {
            _byEnd.Enqueue((decisionId, end));
            Reserved += micros;
        }
    }

    /// <summary>Ends a reservation.</summary>
    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="isPending">The end must still be sent to Redis.</param>
    public void End(string decisionId, bool isPending)
    {
        if (_held.Remove(decisionId, out var held))
        {
            Reserved -= held.Micros;
            Compact();
        }

        if (isPending)
        {
            SharedId = null;
            if (_pending.Count < MostPending)
            {
                _pending.Add(decisionId);
            }
        }
    }

    /// <summary>Ends expired reservations.</summary>
    public void Trim(long now)
    {
        while (_byEnd.TryPeek(out var oldest) && (oldest.End <= now || !_held.ContainsKey(oldest.DecisionId)))
        {
            _byEnd.Dequeue();
            End(oldest.DecisionId, isPending: false);
        }
    }

    /// <summary>Takes the state that Redis may lack; it counts as sent from then on.</summary>
    public (IReadOnlyList<(string DecisionId, long Micros, long End)> Held, IReadOnlyList<string> Ended) TakePending()
    {
        string[] ended = [.. _pending];
        _pending.Clear();
        return ([.. _held.Select(held => (held.Key, held.Value.Micros, held.Value.End))], ended);
    }

    // Ended reservations queue up behind a long-running one; bound their number.
    private void Compact()
    {
        if (_byEnd.Count <= (2 * _held.Count) + MostEnded)
        {
            return;
        }

        for (var left = _byEnd.Count; left > 0; left--)
        {
            var one = _byEnd.Dequeue();
            if (_held.ContainsKey(one.DecisionId))
            {
                _byEnd.Enqueue(one);
            }
        }
    }

    private readonly record struct Held(long Micros, long End);
}
