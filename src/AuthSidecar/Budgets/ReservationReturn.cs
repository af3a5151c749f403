using AuthSidecar.Pipeline;

namespace AuthSidecar.Budgets;

/// <summary>Gives back what was reserved for a request that was refused in the end.</summary>
internal sealed class ReservationReturn(BudgetLedger ledger) : IResourceReleaser
{
    public void Release(CheckContext context)
    {
        if (context is { ReservedMicros: not null, Budget: BudgetSnapshot budget })
        {
            context.ReservedMicros = null;
            ledger.Release(context.DecisionId, budget);
        }
    }
}
