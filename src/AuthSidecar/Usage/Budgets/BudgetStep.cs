using AuthSidecar.Access.Jwt;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Denies when a budget is spent.</summary>
internal sealed class BudgetStep(BudgetCache budgets, VerdictResolver resolver, LiveOptions<List<JwtOptions>> issuers) : ICheckStep
{
    private static readonly Func<CheckContext, BudgetSnapshot, StepResult> _conclude = Conclude;

    public string Name => "budget";

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        var identity = context.KnownIdentity;
        var person = identity.Person;
        var line = identity.KeyId.Length > 0 ? identity.Line : null;
        if (person is null && line is null)
        {
            return new(StepResult.Continue);
        }

        // The issuer's default is part of the cache key, so that a changed setting misses the cache.
        var own = identity.ExternalSubject is null ? null : IssuerBudgets.Of(issuers.Current, person);
        var pending = resolver.DecideAsync(budgets, new(person, line, own), context, _conclude, cancellationToken);
        return line is null && context.Policy.Options.Provider is not { Length: > 0 } ? WithoutStoreAsync(pending) : pending;
    }

    // A JWT needs no store, and without a provider nothing can be spent: a store outage does not deny there.
    private static async ValueTask<StepResult> WithoutStoreAsync(ValueTask<StepResult> pending)
    {
        var result = await pending;
        return !result.IsContinue && result.Denial.Is(Denials.StoreUnavailable) ? StepResult.Continue : result;
    }

    private static StepResult Conclude(CheckContext context, BudgetSnapshot budget)
    {
        if (budget.IsUnlimited)
        {
            return StepResult.Continue;
        }

        // Also for shadowed denials: the request passes and is charged.
        context.BudgetGroups = budget.SharedBudgets;
        if (budget.Exceeded is { } limit)
        {
            return BudgetRefusals.Exceeded(limit, context.KnownIdentity);
        }

        context.Budget = budget;
        return StepResult.Continue;
    }
}
