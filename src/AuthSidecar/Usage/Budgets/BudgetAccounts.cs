using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// The accounts known in this process, in bounded memory. Spend always comes from the store. A ticket drawn before each read orders
/// concurrent reads, and each settlement reads the store again.
/// </summary>
internal sealed class BudgetAccounts(TimeProvider time)
{
    /// <summary>Expiry of a reservation that is never settled.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromMinutes(15);

    private const int MostAccounts = 131_072;

    private readonly Dictionary<AccountName, BudgetAccount> _accounts = [];
    private readonly long _life = time.ToTimestamps(Life);
    private long _tickets;

    /// <summary>Guards changes of accounts, and reads of more than one value.</summary>
    public Lock Gate { get; } = new();

    public long NextTicket() => Interlocked.Increment(ref _tickets);

    /// <summary>Opens the accounts of a lookup; settlements keep them up to date from then on.</summary>
    /// <param name="lookup">Result of the read.</param>
    /// <param name="ticket">Drawn before the read.</param>
    /// <param name="readAt">Timestamp of the same moment.</param>
    /// <param name="isNew">True when an account was created, which may have missed a settlement during the read: read the store
    /// again.</param>
    public BudgetSnapshot Open(BudgetLookup lookup, long ticket, long readAt, out bool isNew)
    {
        isNew = false;
        if (lookup.Limits is not { Count: > 0 } found)
        {
            return BudgetSnapshot.Unlimited;
        }

        lock (Gate)
        {
            var limits = new AccountLimit[found.Count];
            for (var i = 0; i < limits.Length; i++)
            {
                isNew |= !_accounts.ContainsKey(found[i].Name);
                limits[i] = new(Open(found[i].Name), found[i].LimitMicros, found[i].Source);
                limits[i].Account.Learn(found[i].SpentMicros, ticket);
            }

            return new(readAt, limits);
        }
    }

    public BudgetAccount? Find(AccountName name)
    {
        lock (Gate)
        {
            return _accounts.GetValueOrDefault(name);
        }
    }

    /// <summary>Reserves in all accounts or in none. Idempotent: a repeated request needs no room beside its own reservation.</summary>
    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="budget">A budget with limits.</param>
    /// <param name="micros">Millionths of the currency.</param>
    /// <param name="replicas">Number of replicas between which the rest of each limit is divided.</param>
    public ReserveAnswer Reserve(string decisionId, BudgetSnapshot budget, long micros, int replicas = 1)
    {
        lock (Gate)
        {
            if (Array.TrueForAll(budget.Limits, limit => limit.Account.Holds(decisionId)))
            {
                return new(ReserveVerdict.Reserved);
            }

            var now = time.GetTimestamp();
            int? held = null;
            for (var i = 0; i < budget.Limits.Length; i++)
            {
                var (account, limit, _) = budget.Limits[i];
                account.Trim(now);
                if (account.Spent >= limit)
                {
                    return new(ReserveVerdict.Spent, i);
                }

                if (held is null && account.Reserved >= ReplicaRegistry.Share(limit - account.Spent, replicas))
                {
                    held = i;
                }
            }

            if (held is { } first)
            {
                return new(ReserveVerdict.Held, first);
            }

            Hold(decisionId, budget, micros, now);
            return new(ReserveVerdict.Reserved);
        }
    }

    /// <summary>Notes a reservation made in Redis.</summary>
    public void Hold(string decisionId, BudgetSnapshot budget, long micros)
    {
        lock (Gate)
        {
            Hold(decisionId, budget, micros, time.GetTimestamp());
        }
    }

    private void Hold(string decisionId, BudgetSnapshot budget, long micros, long now)
    {
        foreach (var (account, _, _) in budget.Limits)
        {
            account.Trim(now);
            account.Hold(decisionId, micros, now + _life);
        }
    }

    private BudgetAccount Open(AccountName name)
    {
        if (_accounts.TryGetValue(name, out var known))
        {
            return known;
        }

        if (_accounts.Count >= MostAccounts)
        {
            MakeRoom();
        }

        return _accounts[name] = new(name);
    }

    // Evicts past periods first, then accounts without reservations, which can be read again.
    private void MakeRoom()
    {
        var (now, utcNow) = (time.GetTimestamp(), time.GetUtcNow());
        foreach (var account in _accounts.Values)
        {
            account.Trim(now);
        }

        Remove(account => account.IsIdle && BudgetPeriods.EndOf(account.Name.PeriodId) <= utcNow, int.MaxValue);
        Remove(account => account.IsIdle, _accounts.Count - (MostAccounts / 8 * 7));
    }

    private void Remove(Func<BudgetAccount, bool> isWanted, int most)
    {
        foreach (var account in _accounts.Values.Where(isWanted).Take(Math.Max(0, most)).ToList())
        {
            account.IsRemoved = true;
            _accounts.Remove(account.Name);
        }
    }
}
