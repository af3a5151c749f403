using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// Reserves the estimated cost of requests and settles it against their actual cost. A request is admitted while spend plus reservations
/// are below each limit. Exact within this process, and across replicas that share Redis.
/// </summary>
internal sealed class BudgetLedger(
    BudgetAccounts accounts,
    CostEstimates estimates,
    BudgetReader reader,
    TimeProvider time,
    SharedBudgets? shared = null
)
{
    /// <summary>The least cost of a request whose usage stays unseen, in millionths of the currency.</summary>
    public long EstimateOf(string policy, string caller) => estimates.Of(policy, caller);

    /// <summary>Reserves for one request in all of its budgets or in none.</summary>
    /// <param name="decisionId">Names the reservation.</param>
    /// <param name="budget">A budget with limits.</param>
    /// <param name="policy">The request's policy.</param>
    /// <param name="caller">The person, or otherwise the key.</param>
    /// <param name="prompt">Estimated cost of the prompt in millionths of the currency; 0: unknown.</param>
    /// <param name="cancellationToken">Cancels the reservation.</param>
    /// <returns>
    /// Verdict and estimate: the least cost of the request if its usage stays unseen. A long prompt reserves more than the estimate.
    /// </returns>
    /// <exception cref="StoreUnavailableException">Redis lacks the account and the store is unavailable.</exception>
    public ValueTask<Reservation> ReserveAsync(
        string decisionId,
        BudgetSnapshot budget,
        string policy,
        string caller,
        long prompt,
        CancellationToken cancellationToken
    )
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

    /// <summary>Releases the reservation of a request that is denied after all. Never throws.</summary>
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
                account.End(decisionId, isPending: false);
            }
        }
    }

    /// <summary>Settles committed rows: reads spend from the store and releases the reservations of ended requests.</summary>
    /// <exception cref="StoreUnavailableException">The store is unreadable; nothing is settled, and the call can be repeated.</exception>
    public async Task SettleAsync(IReadOnlyList<SettledUsage> rows, CancellationToken cancellationToken)
    {
        var (ended, now) = (new Dictionary<AccountName, List<string>>(), time.GetUtcNow());
        foreach (var (row, _) in rows)
        {
            foreach (var (scope, subject) in Spend.AccountsOf(row))
            {
                Note(ended, scope, subject, row, now);
            }
        }

        // Most callers have no budget: no read for them.
        var known = ended.Keys.Where(name => accounts.Find(name) is not null).ToHashSet();
        if (shared is not null)
        {
            known.UnionWith(await shared.KnownAsync([.. ended.Keys]));
        }

        if (known.Count > 0)
        {
            await SettleAsync([.. known.Select(name => new Settled(name, ended[name]))], cancellationToken);
        }

        // Last, because a failed settlement is repeated.
        Learn(rows);
    }

    private void Learn(IReadOnlyList<SettledUsage> rows)
    {
        foreach (var (row, isCounted) in rows)
        {
            // An estimated cost raises the estimate, but never lowers it.
            if (
                row is { CostMicros: { } cost, ReservedMicros: { } estimate, Policy: { } policy, Decision: "allow" }
                && (isCounted || (row.IsEstimated && cost > estimate))
                && !row.Facts.HasFlag(UsageFacts.ReadsResult)
            )
            {
                estimates.Learn(policy, row.UserId ?? row.KeyLine ?? row.KeyId ?? "", cost);
            }
        }
    }

    private async Task SettleAsync(IReadOnlyList<Settled> settled, CancellationToken cancellationToken)
    {
        var (ticket, sharedTicket) = (accounts.NextTicket(), shared is null ? null : await shared.DrawTicketAsync());
        var spent = await reader.ReadSpentAsync([.. settled.Select(one => one.Name)], cancellationToken);
        var isShared = sharedTicket is { } drawn && await shared!.SettleAsync(settled, spent, drawn);
        lock (accounts.Gate)
        {
            foreach (var one in settled)
            {
                if (accounts.Find(one.Name) is { } account)
                {
                    account.Learn(spent[one.Name], ticket);
                    one.Ended.ForEach(decisionId => account.End(decisionId, isPending: shared is not null && !isShared));
                }
            }
        }
    }

    private static async ValueTask<Reservation> ReserveThereAsync(
        SharedBudgets there,
        string decisionId,
        BudgetSnapshot budget,
        long held,
        long estimate,
        CancellationToken cancellationToken
    ) => Of(await there.ReserveAsync(decisionId, budget, held, cancellationToken) ?? there.ReserveHere(decisionId, budget, held), estimate);

    private static Reservation Of(ReserveAnswer answer, long micros) => new(answer.Verdict, micros) { Limit = answer.Limit };

    private static void Note(
        Dictionary<AccountName, List<string>> ended,
        BudgetScope scope,
        string subject,
        UsageRow row,
        DateTimeOffset now
    )
    {
        var isSettled = row.Facts.HasFlag(UsageFacts.Settled);
        foreach (var period in BudgetPeriods.All)
        {
            var (own, current) = (period.IdAt(row.Time), period.IdAt(now));
            Note(ended, new(scope, subject, own), isSettled ? row.DecisionId : null);

            // A request of one period may have been reserved in the next.
            if (isSettled && own != current)
            {
                Note(ended, new(scope, subject, current), row.DecisionId);
            }
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

/// <param name="Name">The account.</param>
/// <param name="Ended">Decisions whose reservations end.</param>
internal readonly record struct Settled(AccountName Name, List<string> Ended);
