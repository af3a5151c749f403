using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Telemetry;

namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// Accounts shared by replicas in Redis. Each replica also keeps its own reservations: during an outage of Redis it reserves locally, and
/// afterwards it sends Redis the reservations that Redis missed or lost.
/// </summary>
internal sealed partial class SharedBudgets(
    BudgetAccounts own,
    BudgetScript script,
    BudgetReader reader,
    RedisCircuitBreaker breaker,
    ReplicaRegistry replicas,
    TimeProvider time,
    ILogger<SharedBudgets> logger
)
{
    private const int MostTries = 3;
    private const int AtOnce = 500;

    private readonly SharedAccountSynchronizer _synchronizer = new(own, script, reader, breaker, time);
    private readonly OutageLog _refusals = new(time);

    public bool IsAvailable => breaker.IsAvailable;

    /// <returns>Null: Redis is unavailable.</returns>
    /// <exception cref="StoreUnavailableException">Redis lacks the account and the store is unavailable.</exception>
    public async Task<ReserveAnswer?> ReserveAsync(
        string decisionId,
        BudgetSnapshot budget,
        long micros,
        CancellationToken cancellationToken
    )
    {
        try
        {
            for (var again = 0; again < MostTries; again++)
            {
                if (await AskAsync(decisionId, budget, micros, cancellationToken) is { } answer)
                {
                    if (_refusals.Recover() is { } outage)
                    {
                        LogKept(outage.Duration, outage.Failures);
                    }

                    return answer;
                }
            }

            throw new InvalidDataException("Redis lost the account repeatedly.");
        }
        catch (Exception fault) when (fault is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            GiveUp(fault);
            return null;
        }
    }

    /// <summary>
    /// Reserves in this process, without Redis: at most this replica's share of what is left of a limit, because the reservations of the
    /// others are unknown.
    /// </summary>
    public ReserveAnswer ReserveHere(string decisionId, BudgetSnapshot budget, long micros)
    {
        lock (own.Gate)
        {
            var answer = own.Reserve(decisionId, budget, micros, replicas.Count);
            foreach (var (account, _, _) in budget.Limits)
            {
                if (answer.Verdict == ReserveVerdict.Reserved)
                {
                    account.SharedId = null;
                }
                else
                {
                    // Redis may still have reserved it after the timeout.
                    account.End(decisionId, isPending: true);
                }
            }

            return answer;
        }
    }

    /// <summary>Never throws.</summary>
    public async Task ReleaseAsync(string decisionId, BudgetSnapshot budget)
    {
        End(decisionId, budget, isPending: false);
        if (!await TryAsync(() => script.ReleaseAsync(decisionId, budget.Limits.Select(limit => limit.Account.Name))))
        {
            End(decisionId, budget, isPending: true);
        }
    }

    /// <summary>The accounts that exist in Redis; none while it is unavailable.</summary>
    public async Task<IReadOnlyCollection<AccountName>> KnownAsync(IReadOnlyList<AccountName> names)
    {
        var known = new List<AccountName>();
        foreach (var some in names.Chunk(AtOnce))
        {
            if (!await TryAsync(async () => known.AddRange(await script.KnownAsync(some))))
            {
                return [];
            }
        }

        return known;
    }

    /// <returns>Null: Redis is unavailable.</returns>
    public async Task<long?> DrawTicketAsync()
    {
        long? ticket = null;
        await TryAsync(async () => ticket = await script.DrawTicketAsync());
        return ticket;
    }

    /// <returns>False: Redis is unavailable.</returns>
    public async Task<bool> SettleAsync(IReadOnlyList<Settled> settled, IReadOnlyDictionary<AccountName, long> spent, long ticket)
    {
        foreach (var some in settled.Chunk(AtOnce))
        {
            if (!await TryAsync(() => script.SettleAsync(ticket, some.Select(one => (one, spent[one.Name])))))
            {
                return false;
            }
        }

        return true;
    }

    // Null: Redis lacks an account.
    private async Task<ReserveAnswer?> AskAsync(string decisionId, BudgetSnapshot budget, long micros, CancellationToken cancellationToken)
    {
        var accounts = new (AccountName Name, string SharedId, long LimitMicros)[budget.Limits.Length];
        for (var i = 0; i < accounts.Length; i++)
        {
            var (account, limit, _) = budget.Limits[i];
            accounts[i] = (account.Name, account.SharedId ?? await _synchronizer.SynchronizeAsync(account, cancellationToken) ?? "", limit);
        }

        var call = breaker.WaitAsync(script.ReserveAsync(decisionId, micros, accounts), script.Pulse);
        if (await call.WaitAsync(cancellationToken) is not { } answer)
        {
            Forget(budget, accounts);
            return null;
        }

        for (var i = 0; i < accounts.Length; i++)
        {
            Raise(budget.Limits[i].Account, answer.Spent[i]);
        }

        if (answer.Verdict == ReserveVerdict.Reserved)
        {
            own.Hold(decisionId, budget, micros);
        }

        return new(answer.Verdict, answer.Limit);
    }

    private void Forget(BudgetSnapshot budget, (AccountName Name, string SharedId, long LimitMicros)[] asked)
    {
        lock (own.Gate)
        {
            for (var i = 0; i < asked.Length; i++)
            {
                if (budget.Limits[i].Account is { } account && account.SharedId == asked[i].SharedId)
                {
                    account.SharedId = null;
                }
            }
        }
    }

    // Settlements of other replicas. A lower value is ignored: the answer may be older than the local one.
    private void Raise(BudgetAccount account, long spent)
    {
        if (spent > account.Spent)
        {
            lock (own.Gate)
            {
                if (spent > account.Spent)
                {
                    account.Learn(spent, own.NextTicket());
                }
            }
        }
    }

    private void End(string decisionId, BudgetSnapshot budget, bool isPending)
    {
        lock (own.Gate)
        {
            foreach (var (account, _, _) in budget.Limits)
            {
                account.End(decisionId, isPending);
            }
        }
    }

    private async Task<bool> TryAsync(Func<Task> call)
    {
        if (!breaker.IsAvailable)
        {
            return false;
        }

        try
        {
            await breaker.WaitAsync(call(), script.Pulse);
            return true;
        }
        catch (Exception fault)
        {
            GiveUp(fault);
            return false;
        }
    }

    // An error reply or an unexpected result is not an outage: other features may go on using Redis.
    private void GiveUp(Exception fault)
    {
        breaker.Trip(fault);
        if (RedisRefusal.Is(fault) && _refusals.Fail())
        {
            var problem = RedisProblem.Of(fault);
            LogRefused(problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis rejects budget reservations ({Problem}); reserving in this replica only.")]
    private partial void LogRefused(string problem);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Redis accepts budget reservations again after {Duration}; {Failures} calls were rejected."
    )]
    private partial void LogKept(TimeSpan duration, long failures);
}
