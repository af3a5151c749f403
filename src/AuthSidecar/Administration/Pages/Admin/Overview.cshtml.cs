using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Decisions.Vocabulary;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A step on the way to the first request.</summary>
internal sealed record FirstStep(string Name, string Why, string Href, bool IsDone);

/// <summary>Figures and warnings at a glance.</summary>
internal sealed class OverviewModel(Overview overview, SumUsage sums, TimeProvider time) : AdminPage
{
    [BindProperty(SupportsGet = true, Name = "days")]
    public string? DaysText { get; set; }

    public DaysOption Days { get; private set; } = DaysOption.Of(DaysOption.Usual, time);

    public OverviewDocument Report { get; private set; } = null!;

    public int ActiveUsers { get; private set; }

    public long Refused => Report.Refusals.Sum(refusal => refusal.Requests);

    public string RefusedHref =>
        Links.To("/ui/admin/requests", ("show", "refused"), ("from", UsageQuery.Text(Days.First)), ("to", UsageQuery.Text(Days.Last)));

    public DayChart Chart => new UsageFigures(Report.ByDay).ByDay(Days);

    public Ranking Refusals =>
        new(
            "Refusals by reason",
            "Reason",
            "Requests",
            [
                .. Report.Refusals.Select(refusal => new RankingRow(
                    Denials.All.FirstOrDefault(denial => denial.Reason == refusal.Reason)?.Message ?? refusal.Reason,
                    refusal.Requests,
                    Formats.Number(refusal.Requests)
                )),
            ]
        );

    public IReadOnlyList<FirstStep> Steps =>
        [
            new("Import prices", "Costs and budgets need them.", "/ui/admin/prices#import", Report.Prices > 0),
            new("Create a user", "Each person needs an account, besides yours.", "/ui/admin/users#new", Report.Users > 1),
            new("Make a key", "A program needs one to call a model.", "/ui/admin/keys#new", Report.Keys > 0),
            new("Set a budget", "Without one, spending is unlimited.", "/ui/admin/budgets#set", Report.Budgets > 0),
        ];

    public async Task<IActionResult> OnGetAsync()
    {
        var days = DaysOption.Read(DaysText, time);
        Check("days", days is null ? DaysOption.Rule : null);
        Days = days ?? Days;
        Report = (await overview.RunAsync(Days.Count, Aborted)).Value;
        ActiveUsers = (await sums.RunAsync(new(UsageGroup.User, Days.First, Days.Last), Aborted)).Count(sum => sum.Group is not null);
        return Page();
    }

    public static string ModelHref(string model) => Links.To("/ui/admin/usage", ("by", "user"), ("model", model));

    /// <summary>The page where a warning is mended.</summary>
    public static (string? Href, string? Text) LinkOf(string code) =>
        code switch
        {
            "missing_prices" => ("/ui/admin/prices#import", "Import prices"),
            "keys_expiring" => (Links.To("/ui/admin/keys", ("status", "expiring")), "Show them"),
            _ => (null, null),
        };
}
