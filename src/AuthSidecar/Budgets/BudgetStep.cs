using AuthSidecar.Changes;
using AuthSidecar.Pipeline;

namespace AuthSidecar.Budgets;

/// <summary>Whether there is anything left to spend.</summary>
internal sealed class BudgetStep(BudgetCache budgets, Verdicts verdicts) : ICheckStep
{
    private static readonly Func<CheckContext, KnownBudget, StepResult> _conclude = Conclude;

    public string Name => "budget";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var identity = context.KnownIdentity;

        // A service spends nobody's own money: its owner is whoever made the key.
        var user = identity.Type == SubjectType.Service ? null : identity.UserId;
        var key = identity.KeyId.Length > 0 ? identity.KeyId : null;
        return user is null && key is null
            ? new(StepResult.Continue)
            : verdicts.DecideAsync(budgets, new(user, key), context, _conclude, cancellationToken);
    }

    private static StepResult Conclude(CheckContext context, KnownBudget budget)
    {
        if (budget.IsUnlimited)
        {
            return StepResult.Continue;
        }

        if (budget.Exceeded is { } limit)
        {
            return BudgetRefusals.Exceeded(limit);
        }

        context.Budget = budget;
        return StepResult.Continue;
    }
}
