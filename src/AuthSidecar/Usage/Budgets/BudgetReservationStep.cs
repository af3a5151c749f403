using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Budgets;

/// <summary>
/// Reserves the estimated cost of a provider request in the caller's budgets; endpoints that generate nothing are free. Runs late, because
/// a later denial must release the reservation.
/// </summary>
/// <param name="ledger">The ledger.</param>
/// <param name="prompt">Prices the prompt; null: unpriced.</param>
internal sealed class BudgetReservationStep(BudgetLedger ledger, PromptCost? prompt = null) : ICheckStep
{
    public string Name => "budget_reservation";

    public bool AcquiresResources => true;

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken)
    {
        if (context.Budget is not BudgetSnapshot budget || context.Policy.Options.Provider is not { Length: > 0 })
        {
            return new(StepResult.Continue);
        }

        if (context.Endpoint == EndpointKind.ReadsResult)
        {
            context.ResultMicros = ledger.EstimateOf(context.Policy.Name, CallerOf(context));
        }

        return PromptCost.MayGenerate(context.Endpoint) ? ReserveAsync(context, budget, cancellationToken) : new(StepResult.Continue);
    }

    private static string CallerOf(CheckContext context) => context.KnownIdentity.Person ?? context.KnownIdentity.Account;

    private async ValueTask<StepResult> ReserveAsync(CheckContext context, BudgetSnapshot budget, CancellationToken cancellationToken)
    {
        try
        {
            if (prompt is not null && !await prompt.MayPassAsync(context, cancellationToken))
            {
                return Denials.ModelNotAllowed;
            }

            var identity = context.KnownIdentity;
            var answer = await ledger.ReserveAsync(
                context.DecisionId,
                budget,
                context.Policy.Name,
                CallerOf(context),
                prompt?.Of(context) ?? 0,
                cancellationToken
            );
            switch (answer.Verdict)
            {
                case ReserveVerdict.Reserved:
                    context.ReservedMicros = answer.Micros;
                    return StepResult.Continue;
                case ReserveVerdict.Spent:
                    return BudgetRefusals.Exceeded(budget.Limits[answer.Limit], identity);
                case ReserveVerdict.Held:
                    return BudgetRefusals.Reserved(budget.Limits[answer.Limit], identity);
                default:
                    return Denials.StoreUnavailable;
            }
        }
        catch (StoreUnavailableException)
        {
            return Denials.StoreUnavailable;
        }
    }
}
