using AuthSidecar.Changes;

namespace AuthSidecar.Budgets;

internal sealed class BudgetCache(CacheOptions options, TimeProvider time, BudgetReader reader)
    : VerdictCache<Spender, BudgetState>(options, time, spender => reader.ReadAsync(spender, CancellationToken.None))
{
    protected override AnswerKind KindOf(BudgetState answer) => answer.IsExceeded ? AnswerKind.No : AnswerKind.Yes;

    protected override bool IsTouched(Spender key, BudgetState answer, ChangeSet changes) =>
        (key.UserId is { } user && changes.TouchesUser(user)) || (key.KeyId is { } id && changes.TouchesKey(id));
}
