using AuthSidecar.Storage;
using AuthSidecar.Usage;

namespace AuthSidecar.Budgets;

/// <summary>
/// Sets aside what requests will probably cost and settles it against what they did cost: admitted while what was spent and what is set aside are together below each limit.
/// Exact in this process, and across replicas where they share Redis.
/// </summary>
internal sealed class BudgetLedger(BudgetAccounts accounts, CostEstimates estimates, BudgetReader reader, SharedBudgets? shared = null)
{
    /// <summary>Reserves for one request in all of its budgets or in none.</summary>
    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="budget">One with limits.</param>
    /// <param name="policy">What the request falls under.</param>
    /// <param name="caller">Whose it is: the person, or else the key.</param>
    /// <param name="prompt">What its prompt probably costs, in millionths of the currency; 0: not known.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it came to, and the estimate: what the request costs at least where its usage is not seen. What it holds while it runs is more where its prompt is long.</returns>
    /// <exception cref="StoreUnavailableException">Redis knows nothing and the store does not answer.</exception>
    public ValueTask<Reservation> ReserveAsync(string decisionId, BudgetSnapshot budget, string policy, string caller, long prompt, CancellationToken cancellationToken)
    {
        var estimate = estimates.Of(policy, caller);
        var held = estimates.Floor == 0 ? estimate : Math.Max(estimate, estimates.Floor + prompt);
        return shared switch
        {
            null => new(Of(accounts.Reserve(decisionId, budget, held), estimate)),
            { IsAvailable: true } => ReserveThereAsync(shared, decisionId, budget, held, estimate, cancellationToken),
            _ => new(Of(shared.ReserveHere(decisionId, budget, held), estimate)),
        };
    }

    /// <summary>Gives back what was reserved for a request that does not pass after all. Never throws.</summary>
    public void Release(string decisionId, BudgetSnapshot budget)
    {
        if (shared is not null)
        {
            _ = shared.ReleaseAsync(decisionId, budget);
            return;
        }

        lock (accounts.Gate)
        {
            foreach (var (account, _, _) in budget.Limits)
            {
                account.End(decisionId, isUntold: false);
            }
        }
    }

    /// <summary>Takes what rows have come to, once they are committed: what was spent is read from the store, and reservations of what has ended are free.</summary>
    /// <exception cref="StoreUnavailableException">It cannot be read; nothing is settled, and the same can be told again.</exception>
    public async Task SettleAsync(IReadOnlyList<SettledUsage> rows, CancellationToken cancellationToken)
    {
        var ended = new Dictionary<AccountName, List<string>>();
        foreach (var (row, _) in rows)
        {
            foreach (var (scope, subject) in Spend.AccountsOf(row))
            {
                Note(ended, scope, subject, row);
            }
        }

        // Most callers have no budget, and nothing is read for them.
        var known = ended.Keys.Where(name => accounts.Find(name) is not null).ToHashSet();
        if (shared is not null)
        {
            known.UnionWith(await shared.KnownAsync([.. ended.Keys]));
        }

        if (known.Count > 0)
        {
            await SettleAsync([.. known.Select(name => new Settled(name, ended[name]))], cancellationToken);
        }

        // The last, since whoever could not be told is told again.
        Learn(rows);
    }

    private void Learn(IReadOnlyList<SettledUsage> rows)
    {
        foreach (var (row, isCounted) in rows)
        {
            // An estimate teaches nothing, unless more was seen than was estimated.
            if (row is { CostMicros: { } cost, ReservedMicros: { } estimate, Policy: { } policy, Decision: "allow" } && (isCounted || (row.IsEstimated && cost > estimate)))
            {
                estimates.Learn(policy, row.UserId ?? row.KeyLine ?? row.KeyId ?? "", cost);
            }
        }
    }

    private async Task SettleAsync(IReadOnlyList<Settled> settled, CancellationToken cancellationToken)
    {
        var (ticket, sharedTicket) = (accounts.NextTicket(), shared is null ? null : await shared.DrawTicketAsync());
        var spent = await reader.ReadSpentAsync([.. settled.Select(one => one.Name)], cancellationToken);
        var isTold = sharedTicket is { } drawn && await shared!.SettleAsync(settled, spent, drawn);
        lock (accounts.Gate)
        {
            foreach (var one in settled)
            {
                if (accounts.Find(one.Name) is { } account)
                {
                    account.Learn(spent[one.Name], ticket);
                    one.Ended.ForEach(decisionId => account.End(decisionId, isUntold: shared is not null && !isTold));
                }
            }
        }
    }

    private static async ValueTask<Reservation> ReserveThereAsync(SharedBudgets there, string decisionId, BudgetSnapshot budget, long held, long estimate, CancellationToken cancellationToken) =>
        Of(await there.ReserveAsync(decisionId, budget, held, cancellationToken) ?? there.ReserveHere(decisionId, budget, held), estimate);

    private static Reservation Of(ReserveAnswer answer, long micros) => new(answer.Verdict, micros) { Limit = answer.Limit };

    private void Note(Dictionary<AccountName, List<string>> ended, BudgetScope scope, string subject, UsageRow row)
    {
        var (isSettled, month, now) = (row.Facts.HasFlag(UsageFacts.Settled), Spend.MonthOf(row.Time), reader.Month);
        Note(ended, new(scope, subject, month), isSettled ? row.DecisionId : null);

        // Asked for in one month, and perhaps reserved in the next.
        if (isSettled && month != now)
        {
            Note(ended, new(scope, subject, now), row.DecisionId);
        }
    }

    private static void Note(Dictionary<AccountName, List<string>> ended, AccountName name, string? decisionId)
    {
        if (!ended.TryGetValue(name, out var decisions))
        {
            ended[name] = decisions = [];
        }

        if (decisionId is not null)
        {
            decisions.Add(decisionId);
        }
    }
}

/// <param name="Name">Whose account.</param>
/// <param name="Ended">Decisions that hold nothing any more.</param>
internal readonly record struct Settled(AccountName Name, List<string> Ended);
