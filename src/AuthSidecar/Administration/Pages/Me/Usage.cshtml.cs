using System.Text;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>What the person used, by day, model and key, and what is left of the budgets.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class UsageModel(SumUsage sums, OwnRequests requests, ListKeys list, ListOwnBudgets ownBudgets, TimeProvider time) : OwnPage
{
    private const int MostKeys = 50;
    private const int MostWarnings = 3;

    [BindProperty(SupportsGet = true, Name = "days")]
    public string? DaysText { get; set; }

    public DaysOption Days { get; private set; } = DaysOption.Of(DaysOption.Usual, time);

    public UsageFigures Figures { get; private set; } = UsageFigures.None;

    public Ranking Models { get; private set; } = new("", "", "", []);

    public IReadOnlyList<ApiKey> Keys { get; private set; } = [];

    public IReadOnlyList<ApiKey> Expiring { get; private set; } = [];

    /// <summary>The nearest to its end first.</summary>
    public IReadOnlyList<BudgetFigure> Budgets { get; private set; } = [];

    public string RefusedNote => _refused == 0 ? "none refused" : $"{Formats.Number(_refused)} refused";

    public DayChart Chart => Figures.ByDay(Days);

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Whether the person has never sent a request, as far as this range shows.</summary>
    public bool IsEmpty => Figures.IsEmpty;

    public string CsvHref => $"/ui/me?days={Days.Count}&format=csv";

    private IReadOnlyDictionary<string, long?> _costs = new Dictionary<string, long?>();
    private int _refused;

    public string CostOf(ApiKey key) => Formats.MoneyOfMicros(_costs.GetValueOrDefault(key.Id));

    public async Task<IActionResult> OnGetAsync(string? format)
    {
        var days = DaysOption.Read(DaysText, time);
        if (days is null)
        {
            Response.StatusCode = StatusCodes.Status400BadRequest;
            ModelState.AddModelError("days", DaysOption.Rule);
        }

        Days = days ?? Days;
        var byDay = await SumsAsync(UsageGroup.Day);
        if (format == "csv" && days is not null)
        {
            var name = $"usage-{UsageQuery.Text(Days.First)}-to-{UsageQuery.Text(Days.Last)}.csv";
            return File(Encoding.UTF8.GetBytes(Csv.Write(byDay)), "text/csv; charset=utf-8", name);
        }

        Figures = new(byDay);
        _refused = await requests.CountRefusedAsync(UserId, Days.First, Days.Last, Aborted);
        Models = Figures.ByModel(await SumsAsync(UsageGroup.Model));
        await ReadKeysAsync();
        Budgets = [.. (await ownBudgets.RunAsync(UserId, Aborted)).Select(BudgetFigure.Of).OrderByDescending(budget => budget.Share)];
        return Page();
    }

    private async Task ReadKeysAsync()
    {
        _costs = (await SumsAsync(UsageGroup.Key))
            .Where(sum => sum.Group is not null)
            .ToDictionary(sum => sum.Group!, sum => sum.CostMicroUsd, StringComparer.Ordinal);
        var filter = new KeyFilter
        {
            User = UserId,
            IsDevice = false,
            NewestFirst = true,
            Take = MostKeys,
        };
        Keys = (await list.RunAsync(filter, Aborted)).Value.Items;
        Expiring = (await list.RunAsync(filter with { Status = KeyStatus.Expiring, Take = MostWarnings }, Aborted)).Value.Items;
    }

    private Task<List<UsageSum>> SumsAsync(UsageGroup by) =>
        sums.RunAsync(new UsageQuery(by, Days.First, Days.Last) { UserId = UserId }, Aborted);
}
