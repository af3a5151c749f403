namespace AuthSidecar.Administration.Budgets;

/// <summary>What a budget allows.</summary>
/// <param name="LimitMicros">Millionths of a US dollar; 0: nothing may be spent.</param>
/// <param name="WarnMicros">Spend from which one warning is given in each period, up to the limit; null: none.</param>
internal readonly record struct BudgetAmounts(long LimitMicros, long? WarnMicros = null);
