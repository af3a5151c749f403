using AuthSidecar.Platform.Storage;
using AuthSidecar.Tests.Access.Authentication;
using AuthSidecar.Usage.Budgets;

namespace AuthSidecar.Tests.Usage.Budgets;

public class BudgetReaderTests
{
    private const int Month = 202601;
    private const int MonthBefore = 202512;
    private const string Columns = "(Scope, SubjectId, Period, LimitMicros, UpdatedAt)";

    // The cases of Coder's own tests, in micros; spend of another month does not count.
    [Theory]
    [InlineData(null, null, 0L, 0L, false, null)]
    [InlineData(1000L, null, 500L, 0L, false, 1000L)]
    [InlineData(1000L, null, 999L, 0L, false, 1000L)]
    [InlineData(1000L, null, 1000L, 0L, true, 1000L)]
    [InlineData(0L, null, 0L, 0L, true, 0L)]
    [InlineData(1000L, null, 1500L, 0L, true, 1000L)]
    [InlineData(500L, 1000L, 600L, 0L, true, 500L)]
    [InlineData(2_000_000L, 1_000_000L, 1_000_000L, 0L, false, 2_000_000L)]
    [InlineData(null, 1000L, 1000L, 0L, true, 1000L)]
    [InlineData(1_000_000L, null, 0L, 1_000_000L, false, 1_000_000L)]
    [InlineData(null, null, 1_000_000_000L, 0L, false, null)]
    public async Task Budget_IsExceeded_WhenWhatWasSpentThisMonthReachesIt(
        long? user,
        long? group,
        long spent,
        long spentBefore,
        bool isExceeded,
        long? limit
    )
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();
        Set(fixture, alice.Id, user, key: null, group);
        fixture.Execute(
            $"INSERT INTO Spends VALUES ('user', '{alice.Id}', {Month}, {spent}), ('user', '{alice.Id}', {MonthBefore}, "
                + $"{spentBefore}), ('user', 'another', {Month}, 5000), ('key', '{alice.Id}', {Month}, 5000)"
        );

        var state = await ReadAsync(fixture, new(alice.Id, null));

        Assert.Equal((isExceeded, limit), (state.IsExceeded, state.LimitMicros));
    }

    [Theory]
    [InlineData(null, null, null, false, null)]
    [InlineData(5L, 3L, null, false, 3L)]
    [InlineData(5L, 2L, null, true, 2L)]
    [InlineData(1L, 5L, null, true, 1L)]
    [InlineData(null, 2L, 5L, true, 2L)]
    [InlineData(null, 5L, 1L, true, 1L)]
    [InlineData(5L, 7L, 0L, false, 5L)]
    public async Task KeysBudget_CountsBesides(long? user, long? key, long? group, bool isExceeded, long? limit)
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();
        Set(fixture, alice.Id, user, key, group);
        fixture.Execute($"INSERT INTO Spends VALUES ('user', '{alice.Id}', {Month}, 1), ('key', 'k', {Month}, 2)");

        var state = await ReadAsync(fixture, new(alice.Id, "k"));

        Assert.Equal((isExceeded, limit), (state.IsExceeded, state.LimitMicros));
    }

    /// <summary>A shared budget applies in addition to every other.</summary>
    [Theory]
    [InlineData(null, null, 5L, 4L, false, 5L)]
    [InlineData(null, null, 5L, 5L, true, 5L)]
    [InlineData(9L, null, 5L, 5L, true, 5L)]
    [InlineData(3L, 7L, 5L, 4L, false, 3L)]
    [InlineData(null, 3L, 5L, 4L, false, 3L)]
    [InlineData(null, 0L, 5L, 0L, true, 0L)]
    public async Task SharedBudget_CountsBesides(long? user, long? group, long shared, long spent, bool isExceeded, long? limit)
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();
        Set(fixture, alice.Id, user, key: null, group);
        fixture.Execute(
            $"INSERT INTO Budgets {Columns} VALUES ('purse', 'g', 'month', {shared}, 0), ('purse', 'of-others', 'month', 0, 0); "
                + $"INSERT INTO Spends VALUES ('purse', 'g', {Month}, {spent}), ('purse', 'g', {MonthBefore}, 99)"
        );

        var state = await ReadAsync(fixture, new(alice.Id, "k"));

        Assert.Equal((isExceeded, limit), (state.IsExceeded, state.LimitMicros));
    }

    [Theory]
    [InlineData(null, null, null)]
    [InlineData(null, 7L, 7L)]
    [InlineData(3L, 7L, 3L)]
    [InlineData(9L, 7L, 9L)]
    public async Task IssuersDefault_CountsUnlessOneIsSet(long? own, long? ofIssuer, long? limit)
    {
        const string Caller = "https://id.example.com|ada";
        await using var fixture = await KeyFixture.StartAsync();
        fixture.Execute(
            $"INSERT INTO Spends VALUES ('user', '{Caller}', {Month}, 2), ('user', 'https://id.example.com/other|ada', {Month}, 100)"
        );
        if (own is not null)
        {
            fixture.Execute($"INSERT INTO Budgets {Columns} VALUES ('user', '{Caller}', 'month', {own}, 0)");
        }

        var state = await ReadAsync(fixture, new(Caller, null, ofIssuer));

        Assert.Equal((limit, limit is null ? null : 2), (state.LimitMicros, state.Limits.SingleOrDefault()?.SpentMicros));
    }

    [Fact]
    public async Task KeyWithoutOwner_HasItsOwnBudgetOnly()
    {
        await using var fixture = await KeyFixture.StartAsync();
        fixture.Execute($"INSERT INTO Budgets {Columns} VALUES ('key', 'k', 'month', 0, 0), ('user', '', 'month', 0, 0)");

        Assert.True((await ReadAsync(fixture, new(null, "k"))).IsExceeded);
        Assert.False((await ReadAsync(fixture, new(null, "another"))).IsExceeded);
    }

    [Fact]
    public async Task StoreOutage_IsReported()
    {
        await using var fixture = await KeyFixture.StartAsync();
        await fixture.Store.DisposeAsync();
        File.Delete(fixture.DatabasePath);

        await Assert.ThrowsAsync<StoreUnavailableException>(() => ReadAsync(fixture, new("user", null)));
    }

    /// <summary>In each period by itself the user's own replaces the groups'; the limit that frees last comes first.</summary>
    [Fact]
    public async Task PeriodsHaveBudgetsOfTheirOwn()
    {
        await using var fixture = await KeyFixture.StartAsync();
        var alice = await fixture.CreateUserAsync();
        Set(fixture, alice.Id, user: 100, key: null, group: 50);
        var (week, day) = (BudgetPeriod.Week.IdAt(fixture.Clock.GetUtcNow()), BudgetPeriod.Day.IdAt(fixture.Clock.GetUtcNow()));
        fixture.Execute(
            $"INSERT INTO Budgets {Columns} VALUES ('user', '{alice.Id}', 'day', 10, 0), ('group', 'g', 'day', 99, 0), "
                + "('group', 'g', 'week', 30, 0), ('purse', 'g', 'day', 40, 0), ('key', 'k', 'week', 20, 0); "
                + $"INSERT INTO Spends VALUES ('user', '{alice.Id}', {Month}, 70), ('user', '{alice.Id}', {week}, 7), "
                + $"('user', '{alice.Id}', {day}, 3), ('purse', 'g', {day}, 4), ('key', 'k', {week}, 20), ('key', 'k', {day}, 2)"
        );

        var state = await ReadAsync(fixture, new(alice.Id, "k", DefaultMicros: 1));

        Assert.Equal(
            ["User 202601 70/100", $"User {week} 7/30", $"User {day} 3/10", $"Key {week} 20/20", $"Shared {day} 4/40"],
            state.Limits.Select(limit => $"{limit.Name.Scope} {limit.Name.PeriodId} {limit.SpentMicros}/{limit.LimitMicros}")
        );
        Assert.True(state.IsExceeded);
    }

    [Fact]
    public async Task IssuersDefault_IsOfTheMonth_BesidesAnOwnOfTheDay()
    {
        const string Caller = "https://id.example.com|ada";
        await using var fixture = await KeyFixture.StartAsync();
        fixture.Execute($"INSERT INTO Budgets {Columns} VALUES ('user', '{Caller}', 'day', 2, 0)");

        var state = await ReadAsync(fixture, new(Caller, null, DefaultMicros: 7));

        Assert.Equal([7, 2], state.Limits.Select(limit => limit.LimitMicros));
    }

    private static void Set(KeyFixture fixture, string userId, long? user, long? key, long? group)
    {
        fixture.Execute(
            $"INSERT INTO Groups VALUES ('g', 0), ('lower', 0); INSERT INTO GroupMembers (GroupId, UserId) VALUES ('g', '{userId}'), "
                + $"('lower', '{userId}')"
        );
        foreach (
            var (scope, id, micros) in new[]
            {
                ("user", userId, user),
                ("key", "k", key),
                ("group", "g", group),
                ("group", "lower", group - 1),
            }
        )
        {
            if (micros is not null)
            {
                fixture.Execute($"INSERT INTO Budgets {Columns} VALUES ('{scope}', '{id}', 'month', {micros}, 0)");
            }
        }
    }

    private static async Task<BudgetLookup> ReadAsync(KeyFixture fixture, Spender spender)
    {
        using var reader = new BudgetReader(fixture.Store, fixture.Clock);
        return await reader.ReadAsync(spender, CancellationToken.None);
    }
}
