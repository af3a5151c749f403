using AuthSidecar.Endpoints;
using AuthSidecar.Pipeline;
using AuthSidecar.Storage;

namespace AuthSidecar.Budgets;

/// <summary>Sets aside what a request to a provider will probably cost its caller's budgets; what generates nothing costs nothing. Near the end, because a refusal after it must give that back.</summary>
internal sealed class BudgetReservationStep(BudgetLedger ledger) : ICheckStep
{
    public string Name => "budget_reservation";

    public bool Charges => true;

    public bool CanBeShadowed => true;

    public ValueTask<StepResult> RunAsync(CheckContext context, CancellationToken cancellationToken) =>
        context is { Endpoint: EndpointKind.None or EndpointKind.Unknown or EndpointKind.Generates, Budget: KnownBudget budget } && context.Policy.Options.Provider is { Length: > 0 }
            ? ReserveAsync(context, budget, cancellationToken)
            : new(StepResult.Continue);

    private async ValueTask<StepResult> ReserveAsync(CheckContext context, KnownBudget budget, CancellationToken cancellationToken)
    {
        try
        {
            var (verdict, micros) = await ledger.ReserveAsync(context.DecisionId, budget, context.Policy.Name, context.KnownIdentity.KeyId, cancellationToken);
            switch (verdict)
            {
                case ReserveVerdict.Reserved:
                    context.ReservedMicros = micros;
                    return StepResult.Continue;
                case ReserveVerdict.Spent:
                    return BudgetRefusals.Exceeded(budget.Exceeded ?? budget.Limits[0].LimitMicros);
                case ReserveVerdict.Held:
                    return Denials.BudgetReserved;
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
