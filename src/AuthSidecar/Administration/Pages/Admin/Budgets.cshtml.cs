using System.Globalization;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Shared;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All budgets with their spend of this month, and the form that sets one.</summary>
internal sealed class BudgetsModel(ListBudgets list, SetBudget set, TimeProvider time) : AdminListPage<ListedBudget>
{
    private const decimal MicrosPerUnit = 1_000_000m;

    [BindProperty(SupportsGet = true, Name = "scope")]
    public string? Scope { get; set; }

    [BindProperty(SupportsGet = true, Name = "subject")]
    public string? Subject { get; set; }

    [BindProperty]
    public string? Limit { get; set; }

    public override string Path => "/ui/admin/budgets";

    public string Note =>
        $"Months in UTC; spending of {time.GetUtcNow().UtcDateTime.ToString("MMMM", CultureInfo.InvariantCulture)}. Without a budget, "
        + "spending is unlimited.";

    public async Task<IActionResult> OnPostAsync()
    {
        var micros = MicrosOf(Limit);
        Check("scope", BudgetView.FindScope(Scope) is null ? "Choose for whom it is." : null);
        Check(nameof(Limit), micros is null ? "Enter an amount from 0 to 1000000, for example 50 or 12.50." : null);
        if (!IsGiven(Subject, "subject", "Enter a name.") || !ModelState.IsValid)
        {
            return await AgainAsync();
        }

        var outcome = await set.RunAsync(BudgetView.FindScope(Scope)!.Value, Subject.Trim(), micros!.Value, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, "subject");
            return await AgainAsync();
        }

        return Done(Path, $"The budget of {Subject.Trim()} is {Formats.MoneyOfMicros(micros)} a month.");
    }

    protected override Task<Outcome<Page<ListedBudget>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Query = Query,
                Take = PerPage,
                After = After,
            },
            Aborted
        );

    // At most six decimals, so that the amount is exact.
    private static long? MicrosOf(string? text) =>
        decimal.TryParse(
            text,
            NumberStyles.AllowDecimalPoint | NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
            CultureInfo.InvariantCulture,
            out var amount
        )
        && amount * MicrosPerUnit is >= 0 and <= SetBudget.MostMicros and var micros
        && decimal.IsInteger(micros)
            ? (long)micros
            : null;
}
