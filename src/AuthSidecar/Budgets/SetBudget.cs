using AuthSidecar.Management;
using AuthSidecar.Storage;
using AuthSidecar.Users;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Budgets;

/// <summary>Sets what a user, a group or a key may spend in a month; what was set before is replaced.</summary>
internal sealed class SetBudget(Store store, TimeProvider time)
{
    public const long MostMicros = 1_000_000_000_000;

    /// <param name="scope">Whose budget.</param>
    /// <param name="subject">A user's name or id, a group's id or a key's.</param>
    /// <param name="limitMicros">Millionths of a US dollar; 0: nothing may be spent.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Outcome<Budget>> RunAsync(BudgetScope scope, string subject, long limitMicros, CancellationToken cancellationToken)
    {
        if (limitMicros is < 0 or > MostMicros)
        {
            return Refusal.Invalid("A budget is 0 to 1000000 US dollars.");
        }

        await using var context = store.Open();
        if (await FindAsync(context, scope, subject, cancellationToken) is not { } id)
        {
            return Refusal.Unknown(Word(scope), subject);
        }

        var now = Instant.Now(time);
        var budget = await context.Budgets.SingleOrDefaultAsync(budget => budget.Scope == scope && budget.SubjectId == id, cancellationToken);
        if (budget is null)
        {
            budget = new() { Scope = scope, SubjectId = id };
            context.Budgets.Add(budget);
        }

        (budget.LimitMicros, budget.UpdatedAt) = (limitMicros, now);
        context.Changes.Add(ChangeOf(scope, id, now));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("budget_changed", "Somebody else was setting this budget; look and try again.");
        }

        return budget;
    }

    public static string Word(BudgetScope scope) => scope.ToString().ToLowerInvariant();

    private static async Task<string?> FindAsync(SidecarDbContext context, BudgetScope scope, string subject, CancellationToken cancellationToken) => scope switch
    {
        BudgetScope.User => (await context.Users.FindByNameOrIdAsync(subject, cancellationToken))?.Id,
        BudgetScope.Group => (await context.Groups.SingleOrDefaultAsync(group => group.Id == subject, cancellationToken))?.Id,
        _ => (await context.ApiKeys.SingleOrDefaultAsync(key => key.Id == subject, cancellationToken))?.Id,
    };

    // Who is in a group now need not be who is when a replica reads of it.
    private static Change ChangeOf(BudgetScope scope, string id, DateTimeOffset now) => scope switch
    {
        BudgetScope.User => Change.OfUser(id, now),
        BudgetScope.Key => Change.OfKey(id, now),
        _ => Change.OfEverything(now),
    };
}
