using AuthSidecar.Decisions.Pipeline;

namespace AuthSidecar.Usage.Budgets;

/// <summary>Releases the reservation of a request that is denied by a later step.</summary>
internal sealed class ReservationReleaser(BudgetLedger ledger) : IResourceReleaser
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
