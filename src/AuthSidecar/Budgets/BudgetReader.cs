using AuthSidecar.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Budgets;

/// <summary>Whose budgets count for a request.</summary>
/// <param name="UserId">The person who spends, or null.</param>
/// <param name="KeyId">The key that is spent with, or null.</param>
internal readonly record struct Spender(string? UserId, string? KeyId);

/// <param name="IsExceeded">True when nothing more may be spent this month.</param>
/// <param name="LimitMicros">The limit that is exceeded, or else the lowest, in millionths of the currency; null: unlimited.</param>
internal sealed record BudgetState(bool IsExceeded, long? LimitMicros);

internal sealed class BudgetReader(Store store, TimeProvider time) : IDisposable
{
    // Its own: a compiled query is bound to one kind of database.
    private readonly Func<SidecarDbContext, string?, string?, IAsyncEnumerable<Budget>> _find = EF.CompileAsyncQuery(
        (SidecarDbContext context, string? userId, string? keyId) => context.Budgets.AsNoTracking().Where(budget =>
            (budget.Scope == BudgetScope.User && budget.SubjectId == userId)
            || (budget.Scope == BudgetScope.Key && budget.SubjectId == keyId)
            || (budget.Scope == BudgetScope.Group && context.GroupMembers.Any(member => member.UserId == userId && member.GroupId == budget.SubjectId))));

    // One for the many who have none: thousands of them are remembered.
    private static readonly BudgetState _unlimited = new(false, null);

    private readonly PromptReads _reads = new(store, time);

    /// <exception cref="StoreUnavailableException">Nothing is known about the budgets.</exception>
    public async Task<BudgetState> ReadAsync(Spender spender, CancellationToken cancellationToken)
    {
        var budgets = await _reads.RunAsync("a budget", context => ListAsync(_find(context, spender.UserId, spender.KeyId)), cancellationToken);
        return Judge([Of(budgets, BudgetScope.User) ?? Of(budgets, BudgetScope.Group), Of(budgets, BudgetScope.Key)]);
    }

    public void Dispose() => _reads.Dispose();

    // A user's own budget beats the highest of the groups; a key's counts besides.
    private static long? Of(List<Budget> budgets, BudgetScope scope) => budgets.Where(budget => budget.Scope == scope).Max(budget => (long?)budget.LimitMicros);

    // Nothing is recorded as spent as long as there is no usage: what is spent is 0, which reaches only a limit of 0.
    private static BudgetState Judge(IEnumerable<long?> limits) => limits.Min() is { } lowest ? new(lowest <= 0, lowest) : _unlimited;

    private static async Task<List<Budget>> ListAsync(IAsyncEnumerable<Budget> budgets)
    {
        var list = new List<Budget>();
        await foreach (var budget in budgets)
        {
            list.Add(budget);
        }

        return list;
    }
}
