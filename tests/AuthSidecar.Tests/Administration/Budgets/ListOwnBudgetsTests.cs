using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Budgets;

/// <summary>The budgets that limit one person.</summary>
public sealed class ListOwnBudgetsTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private readonly FakeTimeProvider _time = new(new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero));
    private Store _store = null!;
    private string _alice = "";

    public async Task InitializeAsync()
    {
        _store = SqliteStore.For(new(), _directory, _time);
        await _store.PrepareAsync(CancellationToken.None);
        _alice = (await new CreateUser(_store, _time).RunAsync(new("alice"), CancellationToken.None)).Value.Id;
        await using var context = _store.Open();
        foreach (var group in new[] { "a", "b", "other" })
        {
            context.Groups.Add(new() { Id = group, CreatedAt = _time.GetUtcNow() });
        }

        context.GroupMembers.AddRange(new() { GroupId = "a", UserId = _alice }, new() { GroupId = "b", UserId = _alice });
        context.Budgets.AddRange(
            Of(BudgetScope.Group, "a", 10),
            Of(BudgetScope.Group, "b", 20),
            Of(BudgetScope.Shared, "a", 100),
            Of(BudgetScope.Group, "other", 1000),
            Of(BudgetScope.Shared, "other", 1000)
        );
        context.Spends.AddRange(
            new()
            {
                Scope = BudgetScope.User,
                SubjectId = _alice,
                PeriodId = 202611,
                Micros = 7,
            },
            new()
            {
                Scope = BudgetScope.User,
                SubjectId = _alice,
                PeriodId = 202610,
                Micros = 9000,
            },
            new()
            {
                Scope = BudgetScope.Shared,
                SubjectId = "a",
                PeriodId = 202611,
                Micros = 70,
            }
        );
        await context.SaveChangesAsync();
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task WithoutAnOwnBudget_TheHighestOfTheGroupsCounts_WithThePersonsSpend() =>
        Assert.Equal("Group b 7/20, Shared a 70/100", await ListAsync());

    [Fact]
    public async Task AnOwnBudget_ReplacesThoseOfTheGroups()
    {
        await using (var context = _store.Open())
        {
            context.Budgets.Add(Of(BudgetScope.User, _alice, 0));
            await context.SaveChangesAsync();
        }

        Assert.Equal("User  7/0, Shared a 70/100", await ListAsync());
    }

    /// <summary>In each period by itself.</summary>
    [Fact]
    public async Task BudgetsOfAWeekAndADay_StandBesideThoseOfTheMonth()
    {
        await using (var context = _store.Open())
        {
            context.Budgets.AddRange(
                Of(BudgetScope.Group, "a", 5, BudgetPeriod.Day),
                Of(BudgetScope.User, _alice, 3, BudgetPeriod.Day),
                Of(BudgetScope.Shared, "b", 50, BudgetPeriod.Week)
            );
            context.Spends.AddRange(SpendOf(BudgetScope.User, _alice, 20261130, 2), SpendOf(BudgetScope.Shared, "b", 2026049, 8));
            await context.SaveChangesAsync();
        }

        var budgets = await new ListOwnBudgets(_store, _time).RunAsync(_alice, CancellationToken.None);

        Assert.Equal(
            ["Month Group 7/20 2026-12-01", "Day User 2/3 2026-12-01", "Month Shared 70/100 2026-12-01", "Week Shared 8/50 2026-12-07"],
            budgets.Select(one => $"{one.Period} {one.Scope} {one.SpentMicros}/{one.LimitMicros} {one.ResetsAt:yyyy-MM-dd}")
        );
    }

    [Fact]
    public async Task TheMonthEnds_AtMidnightUtc()
    {
        var budgets = await new ListOwnBudgets(_store, _time).RunAsync(_alice, CancellationToken.None);

        Assert.All(budgets, budget => Assert.Equal(new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero), budget.ResetsAt));
    }

    private async Task<string> ListAsync() =>
        string.Join(
            ", ",
            (await new ListOwnBudgets(_store, _time).RunAsync(_alice, CancellationToken.None)).Select(budget =>
                $"{budget.Scope} {budget.Name} {budget.SpentMicros}/{budget.LimitMicros}"
            )
        );

    private static Spend SpendOf(BudgetScope scope, string subject, int periodId, long micros) =>
        new()
        {
            Scope = scope,
            SubjectId = subject,
            PeriodId = periodId,
            Micros = micros,
        };

    private static Budget Of(BudgetScope scope, string subject, long micros, BudgetPeriod period = BudgetPeriod.Month) =>
        new()
        {
            Scope = scope,
            SubjectId = subject,
            Period = period,
            LimitMicros = micros,
            UpdatedAt = DateTimeOffset.UnixEpoch,
        };
}
