using AuthSidecar.Redis;
using AuthSidecar.Storage;
using AuthSidecar.Telemetry;

namespace AuthSidecar.Budgets;

/// <summary>
/// Accounts that replicas share. Redis reserves; each replica notes its own reservations beside, so that it can go on without Redis on top of what the store says is spent, and tell it again what it missed or has forgotten.
/// </summary>
internal sealed partial class SharedBudgets(BudgetAccounts own, BudgetScript script, BudgetReader reader, RedisCircuitBreaker breaker, TimeProvider time, ILogger<SharedBudgets> logger)
{
    private const int MostTries = 3;
    private const int AtOnce = 500;

    private readonly SharedAccountSynchronizer _teller = new(own, script, reader, breaker, time);
    private readonly OutageLog _refusals = new(time);

    public bool IsAvailable => breaker.IsAvailable;

    /// <returns>Null: Redis could not be asked.</returns>
    /// <exception cref="StoreUnavailableException">Redis knows nothing and the store does not answer.</exception>
    public async Task<ReserveAnswer?> ReserveAsync(string decisionId, BudgetSnapshot budget, long micros, CancellationToken cancellationToken)
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

            throw new InvalidDataException("Redis forgets what it is told.");
        }
        catch (Exception fault) when (fault is not StoreUnavailableException && !cancellationToken.IsCancellationRequested)
        {
            GiveUp(fault);
            return null;
        }
    }

    /// <summary>Reserves in this process, for as long as Redis cannot be asked.</summary>
    public ReserveAnswer ReserveHere(string decisionId, BudgetSnapshot budget, long micros)
    {
        lock (own.Gate)
        {
            var answer = own.Reserve(decisionId, budget, micros);
            foreach (var (account, _, _) in budget.Limits)
            {
                if (answer.Verdict == ReserveVerdict.Reserved)
                {
                    account.SharedId = null;
                }
                else
                {
                    // Redis may still have reserved it, later than was waited for.
                    account.End(decisionId, isUntold: true);
                }
            }

            return answer;
        }
    }

    /// <summary>Never throws.</summary>
    public async Task ReleaseAsync(string decisionId, BudgetSnapshot budget)
    {
        End(decisionId, budget, isUntold: false);
        if (!await TryAsync(() => script.ReleaseAsync(decisionId, budget.Limits.Select(limit => limit.Account.Name))))
        {
            End(decisionId, budget, isUntold: true);
        }
    }

    /// <summary>Which of these accounts are shared; none when that cannot be found out.</summary>
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

    /// <returns>Null: Redis could not be asked.</returns>
    public async Task<long?> DrawTicketAsync()
    {
        long? ticket = null;
        await TryAsync(async () => ticket = await script.DrawTicketAsync());
        return ticket;
    }

    /// <returns>False: Redis was not told.</returns>
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

    // Null: Redis has forgotten an account, or never knew it.
    private async Task<ReserveAnswer?> AskAsync(string decisionId, BudgetSnapshot budget, long micros, CancellationToken cancellationToken)
    {
        var accounts = new (AccountName Name, string SharedId, long LimitMicros)[budget.Limits.Length];
        for (var i = 0; i < accounts.Length; i++)
        {
            var (account, limit, _) = budget.Limits[i];
            accounts[i] = (account.Name, account.SharedId ?? await _teller.TellAsync(account, cancellationToken) ?? "", limit);
        }

        if (await script.ReserveAsync(decisionId, micros, accounts).WaitAsync(breaker.Patience, time, cancellationToken) is not { } answer)
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

    // What others have settled. Less than is known is not taken: this answer may be the older word.
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

    private void End(string decisionId, BudgetSnapshot budget, bool isUntold)
    {
        lock (own.Gate)
        {
            foreach (var (account, _, _) in budget.Limits)
            {
                account.End(decisionId, isUntold);
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
            await call().WaitAsync(breaker.Patience, time);
            return true;
        }
        catch (Exception fault)
        {
            GiveUp(fault);
            return false;
        }
    }

    // Redis that answers with a refusal or nonsense is there, and others may go on asking.
    private void GiveUp(Exception fault)
    {
        breaker.Trip(fault);
        if (RedisRefusal.Is(fault) && _refusals.Fail())
        {
            var problem = RedisProblem.Of(fault);
            LogRefused(problem);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis does not keep reservations of budgets ({Problem}); until it does, each replica reserves for itself.")]
    private partial void LogRefused(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis keeps reservations of budgets again after {Duration}; {Failures} calls were refused.")]
    private partial void LogKept(TimeSpan duration, long failures);
}
