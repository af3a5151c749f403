namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The budgets of a caller, found by one step for the one that reserves; only their feature knows what is in it.</summary>
internal abstract class CallerBudget;
