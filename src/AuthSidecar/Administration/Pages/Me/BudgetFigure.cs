using System.Globalization;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>A budget that limits the person, in words.</summary>
internal sealed record BudgetFigure(string Name, BudgetPeriod Period, decimal Spent, decimal Limit, DateTimeOffset ResetsAt)
{
    private const decimal MicrosPerUnit = 1_000_000m;

    /// <summary>"Budget of November", "Budget of this week".</summary>
    public string Label =>
        Period switch
        {
            BudgetPeriod.Day => "Budget of today",
            BudgetPeriod.Week => "Budget of this week",
            _ => $"Budget of {ResetsAt.UtcDateTime.AddMonths(-1).ToString("MMMM", CultureInfo.InvariantCulture)}",
        };

    /// <summary>"a day".</summary>
    public string Each => $"a {Period.ToString().ToLowerInvariant()}";

    /// <summary>"of $ 50.00, new on 1 December".</summary>
    public string Note => $"of {Formats.Money(Limit)}, new on {ResetsAt.UtcDateTime.ToString("d MMMM", CultureInfo.InvariantCulture)}";

    /// <summary>How near it is to its end; a budget of 0 is spent.</summary>
    public decimal Share => Limit == 0 ? 1 : Spent / Limit;

    public static BudgetFigure Of(OwnBudget budget) =>
        new(
            budget.Scope switch
            {
                BudgetScope.User => "Yours",
                BudgetScope.Key => $"Key “{budget.Name}”",
                BudgetScope.Shared => $"Shared by group “{budget.Name}”",
                _ => $"Each member of group “{budget.Name}”",
            },
            budget.Period,
            budget.SpentMicros / MicrosPerUnit,
            budget.LimitMicros / MicrosPerUnit,
            budget.ResetsAt
        );
}
