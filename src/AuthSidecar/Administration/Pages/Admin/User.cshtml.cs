using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Me;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Providers;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A user: usage, keys, sessions, groups and budgets.</summary>
internal sealed class UserModel(
    ShowUser show,
    SumUsage sums,
    FindNames findNames,
    ListKeys listKeys,
    ListSessions listSessions,
    EndSessions endSessions,
    ListGroups listGroups,
    ListOwnBudgets listBudgets,
    ConsoleOptions console,
    LoginProviders providers,
    TimeProvider time
) : AdminPage
{
    private const int MostKeys = 20;

    /// <summary>Null: there is no such user.</summary>
    public ShownUser? Shown { get; private set; }

    public DaysOption Days { get; private set; } = DaysOption.Of(DaysOption.Usual, time);

    public UsageFigures Figures { get; private set; } = UsageFigures.None;

    public DayChart Chart => Figures.ByDay(Days);

    public Ranking Models { get; private set; } = new("", "", "", []);

    public Ranking ByKey { get; private set; } = new("", "", "", []);

    public Page<ApiKey> Keys { get; private set; } = new([], 0, null);

    public IReadOnlyList<Session> Sessions { get; private set; } = [];

    public IReadOnlyList<ListedGroup> Groups { get; private set; } = [];

    /// <summary>The nearest to its end first.</summary>
    public IReadOnlyList<BudgetFigure> Budgets { get; private set; } = [];

    /// <summary>Whether people may sign in by a provider.</summary>
    public bool CanLink => providers.Accounts.Count > 0;

    public DateTimeOffset Now => time.GetUtcNow();

    public async Task<IActionResult> OnGetAsync(string id, string? days)
    {
        Shown = Found(await show.RunAsync(id, Aborted));
        if (Shown is null)
        {
            return Page();
        }

        var range = DaysOption.Read(days, time);
        Check("days", range is null ? DaysOption.Rule : null);
        Days = range ?? Days;
        await ReadUsageAsync(Shown.User.Id);
        await ReadBelongingsAsync(Shown.User.Id);
        return Page();
    }

    public async Task<IActionResult> OnPostEndSessionAsync(string id, string? session)
    {
        var ended = await endSessions.RunAsync(session ?? "", id, Aborted);
        return Done(Links.User(id), ended.Refusal is null ? "The session is ended." : "The session has ended already.");
    }

    private async Task ReadUsageAsync(string userId)
    {
        Figures = new(await SumsAsync(UsageGroup.Day));
        Models = Figures.ByModel(await SumsAsync(UsageGroup.Model));
        var keys = await SumsAsync(UsageGroup.Key);
        var names = await findNames.RunAsync([], keys.Select(sum => sum.Group), Aborted);
        ByKey = Rankings.Of("By key", "Key", keys, id => names.Key(id), Links.Key);

        Task<List<UsageSum>> SumsAsync(UsageGroup by) =>
            sums.RunAsync(new UsageQuery(by, Days.First, Days.Last) { UserId = userId }, Aborted);
    }

    private async Task ReadBelongingsAsync(string userId)
    {
        var filter = new KeyFilter
        {
            User = userId,
            NewestFirst = true,
            Take = MostKeys,
        };
        Keys = (await listKeys.RunAsync(filter, Aborted)).Value;
        Sessions = (await listSessions.RunAsync(userId, new(console.SessionIdle, console.SessionLifetime), Aborted)).Value;
        Groups = (await listGroups.RunAsync(new() { User = userId }, Aborted)).Value.Items;
        Budgets = [.. (await listBudgets.RunAsync(userId, Aborted)).Select(BudgetFigure.Of).OrderByDescending(budget => budget.Share)];
    }
}
