using AuthSidecar.Administration.Budgets;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a budget is removed.</summary>
internal sealed class RemoveBudgetModel(ListBudgets list, RemoveBudget remove) : AdminPage
{
    [BindProperty(SupportsGet = true, Name = "scope")]
    public string? Scope { get; set; }

    /// <summary>As stored.</summary>
    [BindProperty(SupportsGet = true, Name = "subject")]
    public string? Subject { get; set; }

    [BindProperty(SupportsGet = true, Name = "period")]
    public string? Period { get; set; }

    /// <summary>Null: there is no such budget.</summary>
    public BudgetView? Budget { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        await FindAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await FindAsync();
        if (Budget is null)
        {
            return Page();
        }

        var target = new BudgetTarget(BudgetView.FindScope(Scope)!.Value, Budget.Subject, BudgetView.FindPeriod(Period)!.Value);
        var outcome = await remove.RunAsync(target, null, Aborted);
        if (outcome.Refusal is not { } refusal)
        {
            return Done("/ui/admin/budgets", $"The {Budget.Title} is removed.");
        }

        Refuse(refusal);
        return Page();
    }

    private async Task FindAsync()
    {
        var (scope, period) = (BudgetView.FindScope(Scope), BudgetView.FindPeriod(Period));
        var all = (await list.RunAsync(new(), Aborted)).Value.Items;
        var found = all.FirstOrDefault(one => one.Budget.Scope == scope && one.Budget.SubjectId == Subject && one.Budget.Period == period);
        Budget = found is null ? null : BudgetView.Of(found);
        Response.StatusCode = Budget is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
    }
}
