namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The budgets of a caller, passed from the budget step to the reservation step. Opaque to all others.</summary>
internal abstract class CallerBudget;
