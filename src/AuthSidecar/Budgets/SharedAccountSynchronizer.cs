using AuthSidecar.Redis;
using AuthSidecar.Storage;
using AuthSidecar.Timing;

namespace AuthSidecar.Budgets;

/// <summary>Tells Redis all that this replica knows of an account: once for all who wait for it, in the order in which it happened.</summary>
internal sealed class SharedAccountSynchronizer(BudgetAccounts own, BudgetScript script, BudgetReader reader, RedisCircuitBreaker breaker, TimeProvider time)
{
    private readonly Dictionary<BudgetAccount, Task> _telling = [];

    /// <returns>How Redis calls the account from then on; null: somebody has found meanwhile that there is more to tell.</returns>
    /// <exception cref="StoreUnavailableException">What was spent cannot be read.</exception>
    public async Task<string?> TellAsync(BudgetAccount account, CancellationToken cancellationToken)
    {
        Task? telling;
        lock (own.Gate)
        {
            if (!_telling.TryGetValue(account, out telling))
            {
                _telling[account] = telling = Task.Run(() => TellAllAsync(account), CancellationToken.None);
            }
        }

        await telling.WaitAsync(cancellationToken);
        return account.SharedId;
    }

    // A settlement of somebody who did not find the account may have been missed while it was made: then the store is asked again.
    private async Task TellAllAsync(BudgetAccount account)
    {
        try
        {
            var isNew = true;
            while (isNew)
            {
                var ticket = await script.DrawTicketAsync().WaitAsync(breaker.Patience, time);
                var ownTicket = own.NextTicket();
                var spent = (await reader.ReadSpentAsync([account.Name], CancellationToken.None))[account.Name];
                (var id, isNew) = await LearnAsync(account, spent, ticket);
                lock (own.Gate)
                {
                    account.Learn(spent, ownTicket);
                    account.SharedId = id;
                }
            }
        }
        finally
        {
            lock (own.Gate)
            {
                _telling.Remove(account);
            }
        }
    }

    private async Task<(string SharedId, bool IsNew)> LearnAsync(BudgetAccount account, long spent, long ticket)
    {
        Task<(string SharedId, bool IsNew)> call;
        IReadOnlyList<string> ended;

        // What is told stands in the order in which it happened: the call is under way before anything else can.
        lock (own.Gate)
        {
            var now = time.GetTimestamp();
            account.Trim(now);
            (var held, ended) = account.Tell();
            call = script.LearnAsync(account.Name, spent, ticket, [.. held.Select(one => (one.DecisionId, one.Micros, time.ToTimeSpan(one.End - now)))], ended);
        }

        try
        {
            return await call.WaitAsync(breaker.Patience, time);
        }
        catch
        {
            lock (own.Gate)
            {
                foreach (var decisionId in ended)
                {
                    account.End(decisionId, isUntold: true);
                }
            }

            throw;
        }
    }
}
