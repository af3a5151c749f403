using System.Globalization;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Shared;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All budgets with their spend of the current period, and the form that sets one.</summary>
internal sealed class BudgetsModel(ListBudgets list, SetBudget set) : AdminListPage<ListedBudget>
{
    private const decimal MicrosPerUnit = 1_000_000m;

    [BindProperty(SupportsGet = true, Name = "scope")]
    public string? Scope { get; set; }

    [BindProperty(SupportsGet = true, Name = "subject")]
    public string? Subject { get; set; }

    [BindProperty(SupportsGet = true, Name = "period")]
    public string? Period { get; set; }

    [BindProperty]
    public string? Limit { get; set; }

    [BindProperty]
    public string? Warn { get; set; }

    public override string Path => "/ui/admin/budgets";

    public async Task<IActionResult> OnPostAsync()
    {
        var micros = MicrosOf(Limit);
        Check("scope", BudgetView.FindScope(Scope) is null ? "Choose for whom it is." : null);
        Check("period", BudgetView.FindPeriod(Period) is null ? "Choose how often it is new." : null);
        Check(nameof(Limit), micros is null ? "Enter an amount from 0 to 1000000, for example 50 or 12.50." : null);
        var warn = string.IsNullOrWhiteSpace(Warn) ? null : MicrosOf(Warn);
        Check(
            nameof(Warn),
            string.IsNullOrWhiteSpace(Warn) || (warn > 0 && warn <= micros)
                ? null
                : "Enter an amount above 0 and up to the limit, or nothing."
        );
        if (!IsGiven(Subject, "subject", "Enter a name.") || !ModelState.IsValid)
        {
            return await AgainAsync();
        }

        var period = BudgetView.FindPeriod(Period)!.Value;
        var target = new BudgetTarget(BudgetView.FindScope(Scope)!.Value, Subject.Trim(), period);
        var outcome = await set.RunAsync(target, new(micros!.Value, warn), null, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, "subject");
            return await AgainAsync();
        }

        return Done(Path, $"The budget of {Subject.Trim()} is {Formats.MoneyOfMicros(micros)} a {BudgetSubject.NameOf(period)}.");
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
