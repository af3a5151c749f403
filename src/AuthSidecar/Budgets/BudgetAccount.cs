namespace AuthSidecar.Budgets;

/// <summary>What a caller, a line of keys or a group with a shared budget has spent in one month, and what running requests hold besides, as this process knows it. Whoever changes it locks the <see cref="BudgetAccounts"/> that it is in.</summary>
internal sealed class BudgetAccount(AccountName name)
{
    private const int MostUntold = 4096;
    private const int MostEnded = 64;

    private readonly Dictionary<string, Held> _held = new(StringComparer.Ordinal);
    private readonly Queue<(string DecisionId, long End)> _byEnd = [];
    private readonly HashSet<string> _untold = new(StringComparer.Ordinal);
    private long _spent;
    private long _ticket = -1;

    public AccountName Name => name;

    /// <summary>Millionths of the currency.</summary>
    public long Spent => Volatile.Read(ref _spent);

    /// <summary>The sum of what is held.</summary>
    public long Reserved { get; private set; }

    public bool IsIdle => _held.Count == 0;

    /// <summary>True once nobody would tell it of anything any more.</summary>
    public bool IsRemoved { get; set; }

    /// <summary>How Redis called its copy when it was last told all that is known here; null: there is something to tell.</summary>
    public string? SharedId { get; set; }

    /// <summary>Takes what the store said, unless something later was known already.</summary>
    /// <param name="spent">What the store said.</param>
    /// <param name="ticket">Drawn before it was asked.</param>
    public void Learn(long spent, long ticket)
    {
        if (ticket > _ticket)
        {
            _ticket = ticket;
            Volatile.Write(ref _spent, spent);
        }
    }

    public void Hold(string decisionId, long micros, long end)
    {
        if (_held.TryAdd(decisionId, new(micros, end)))
        {
            _byEnd.Enqueue((decisionId, end));
            Reserved += micros;
        }
    }

    /// <param name="decisionId">Whose.</param>
    /// <param name="isUntold">Redis does not know that it has ended.</param>
    public void End(string decisionId, bool isUntold)
    {
        if (_held.Remove(decisionId, out var held))
        {
            Reserved -= held.Micros;
            Compact();
        }

        if (isUntold)
        {
            SharedId = null;
            if (_untold.Count < MostUntold)
            {
                _untold.Add(decisionId);
            }
        }
    }

    /// <summary>Frees what has expired.</summary>
    public void Trim(long now)
    {
        while (_byEnd.TryPeek(out var oldest) && (oldest.End <= now || !_held.ContainsKey(oldest.DecisionId)))
        {
            _byEnd.Dequeue();
            End(oldest.DecisionId, isUntold: false);
        }
    }

    /// <summary>What Redis may not know; from then on it counts as told.</summary>
    public (IReadOnlyList<(string DecisionId, long Micros, long End)> Held, IReadOnlyList<string> Ended) Tell()
    {
        string[] ended = [.. _untold];
        _untold.Clear();
        return ([.. _held.Select(held => (held.Key, held.Value.Micros, held.Value.End))], ended);
    }

    // Those that have ended wait behind one that lasts: they must not become many.
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
