using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Sends the local state of an account to Redis, in order and once for all concurrent callers.</summary>
internal sealed class SharedAccountSynchronizer(
    BudgetAccounts own,
    BudgetScript script,
    BudgetReader reader,
    RedisCircuitBreaker breaker,
    TimeProvider time
)
{
    private readonly Dictionary<BudgetAccount, Task> _running = [];

    /// <returns>Shared id of the account; null: it has changed again meanwhile.</returns>
    /// <exception cref="StoreUnavailableException">The spend cannot be read.</exception>
    public async Task<string?> SynchronizeAsync(BudgetAccount account, CancellationToken cancellationToken)
    {
        Task? running;
        lock (own.Gate)
        {
            if (!_running.TryGetValue(account, out running))
            {
                _running[account] = running = Task.Run(() => SynchronizeAllAsync(account), CancellationToken.None);
            }
        }

        await running.WaitAsync(cancellationToken);
        return account.SharedId;
    }

    // A new shared account may have missed a settlement while it was created: read the store again.
    private async Task SynchronizeAllAsync(BudgetAccount account)
    {
        try
        {
            var isNew = true;
            while (isNew)
            {
                var ticket = await breaker.WaitAsync(script.DrawTicketAsync(), script.Pulse);
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
                _running.Remove(account);
            }
        }
    }

    private async Task<(string SharedId, bool IsNew)> LearnAsync(BudgetAccount account, long spent, long ticket)
    {
        Task<(string SharedId, bool IsNew)> call;
        IReadOnlyList<string> ended;

        // Keeps the order: the call starts before the account can change again.
        lock (own.Gate)
        {
            var now = time.GetTimestamp();
            account.Trim(now);
            (var held, ended) = account.TakePending();
            call = script.LearnAsync(
                account.Name,
                spent,
                ticket,
                [.. held.Select(one => (one.DecisionId, one.Micros, time.ToTimeSpan(one.End - now)))],
                ended
            );
        }

        try
        {
            return await breaker.WaitAsync(call, script.Pulse);
        }
        catch
        {
            lock (own.Gate)
            {
                foreach (var decisionId in ended)
                {
                    account.End(decisionId, isPending: true);
                }
            }

            throw;
        }
    }
}
