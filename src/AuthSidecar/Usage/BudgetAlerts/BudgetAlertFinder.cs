using AuthSidecar.Access.Jwt;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Usage.BudgetAlerts;

/// <summary>Finds budgets whose warning or limit is reached, and claims each event once among all replicas.</summary>
internal sealed partial class BudgetAlertFinder(
    Store store,
    UsageOptions options,
    LiveOptions<List<JwtOptions>> issuers,
    TimeProvider time,
    BudgetAlertMetrics metrics,
    ILogger<BudgetAlertFinder> logger
)
{
    /// <returns>Number of claimed events.</returns>
    public async Task<int> RunAsync(CancellationToken cancellationToken)
    {
        var (now, count) = (Instant.Now(time), 0);
        List<ReachedBudget> reached;
        await using (var context = store.Open())
        {
            reached = await ReachedBudget.FindAsync(context, now, cancellationToken);
            foreach (var issuer in issuers.Current)
            {
                if (IssuerBudgets.MicrosOf(issuer) is { } limit)
                {
                    reached.AddRange(await ReachedBudget.FindAsync(context, issuer.Issuer, limit, now, cancellationToken));
                }
            }
        }

        foreach (var one in reached)
        {
            foreach (var kind in one.Events)
            {
                if (await ClaimAsync(one, kind, now, cancellationToken))
                {
                    count++;
                    metrics.Count(kind);
                    Log(one, kind);
                }
            }
        }

        return count;
    }

    // The primary key admits one replica.
    private async Task<bool> ClaimAsync(ReachedBudget one, BudgetEvent kind, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        context.BudgetAlerts.Add(
            new()
            {
                Scope = one.Budget.Scope,
                SubjectId = one.Budget.SubjectId,
                SpenderId = one.SpenderId,
                PeriodId = one.PeriodId,
                Event = kind,
                MessageId = $"msg_{Guid.CreateVersion7(now):N}",
                At = now,
                LimitMicros = one.Budget.LimitMicros,
                WarnMicros = one.Budget.WarnMicros,
                SpentMicros = one.SpentMicros,
                NextAt = options.BudgetWebhook.Uri.Length > 0 ? now : null,
            }
        );
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            return true;
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return false;
        }
    }

    private void Log(ReachedBudget one, BudgetEvent kind)
    {
        var (scope, subject, period) = (Word(one.Budget.Scope), one.Budget.SubjectId, Word(BudgetPeriods.Of(one.PeriodId)));
        var (spent, limit) = (BudgetRefusals.Dollars(one.SpentMicros), BudgetRefusals.Dollars(one.Budget.LimitMicros));
        if (kind == BudgetEvent.Warning)
        {
            LogWarning(scope, subject, one.SpenderId, spent, limit, period);
        }
        else
        {
            LogExceeded(scope, subject, one.SpenderId, spent, limit, period, BudgetPeriods.EndOf(one.PeriodId));
        }
    }

    private static string Word<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Budget warning: {Scope} {Subject}, spender {Spender}, spent {Spent} of {Limit} US dollars this {Period}; requests pass "
            + "until the limit."
    )]
    private partial void LogWarning(string scope, string subject, string spender, string spent, string limit, string period);

    [LoggerMessage(
        Level = LogLevel.Warning,
        Message = "Budget exceeded: {Scope} {Subject}, spender {Spender}, spent {Spent} of {Limit} US dollars this {Period}; requests are "
            + "refused until {ResetsAt}."
    )]
    private partial void LogExceeded(
        string scope,
        string subject,
        string spender,
        string spent,
        string limit,
        string period,
        DateTimeOffset resetsAt
    );
}
