using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Budgets;

/// <summary>Names a budget.</summary>
/// <param name="Scope">Scope of the budget.</param>
/// <param name="Subject">As <see cref="BudgetSubject"/> takes it.</param>
/// <param name="Period">Its period.</param>
internal readonly record struct BudgetTarget(BudgetScope Scope, string Subject, BudgetPeriod Period = BudgetPeriod.Month);
