using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;

namespace AuthSidecar.Tests.Administration.Reports;

/// <summary>The requests of one person.</summary>
public sealed class OwnRequestsTests : IAsyncLifetime
{
    private static readonly DateOnly _day = new(2026, 11, 29);
    private static readonly DateTimeOffset _noon = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private Store _store = null!;

    public async Task InitializeAsync()
    {
        _store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await _store.PrepareAsync(CancellationToken.None);
        await using var context = _store.Open();
        context.Usage.AddRange(
            Row("01", "alice", _noon.Date.AddTicks(-10), "allow"),
            Row("02", "alice", _noon.Date, "deny"),
            Row("03", "alice", _noon, "allow"),
            Row("04", "bob", _noon, "deny"),
            Row("05", "alice", _noon.Date.AddDays(1).AddTicks(-10), "close"),
            Row("06", "alice", _noon.Date.AddDays(1), "deny")
        );
        await context.SaveChangesAsync();
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData(false, "05 03 02")]
    [InlineData(true, "05 02")]
    public async Task OwnRows_OfTheDays_AreListed_TheLatestFirst(bool isRefused, string expected) =>
        Assert.Equal(expected, Ids(await ListAsync(new(_day, _day) { IsRefused = isRefused })));

    [Fact]
    public async Task Pages_ContinueAfterTheLastRow()
    {
        var first = await ListAsync(new(_day, _day) { Take = 2 });
        var second = await ListAsync(new(_day, _day) { Take = 2, After = first.Next });

        Assert.Equal(("05 03", 3), (Ids(first), first.Total));
        Assert.Equal(("02", 3, null), (Ids(second), second.Total, second.Next));
    }

    [Fact]
    public async Task Refusals_AreCounted_OfOnePerson() =>
        Assert.Equal(2, await Own.CountRefusedAsync("alice", _day, _day, CancellationToken.None));

    [Fact]
    public async Task AForeignRow_AnswersAsAnUnknownOne()
    {
        var foreign = (await Own.FindAsync("alice", Id("04"), CancellationToken.None)).Refusal!;
        var unknown = (await Own.FindAsync("alice", Id("99"), CancellationToken.None)).Refusal!;

        Assert.Equal(
            unknown.Message.Replace(Id("99"), "", StringComparison.Ordinal),
            foreign.Message.Replace(Id("04"), "", StringComparison.Ordinal)
        );
        Assert.Equal((unknown.Kind, unknown.Code), (foreign.Kind, foreign.Code));
        Assert.Equal(Id("02"), (await Own.FindAsync("alice", Id("02"), CancellationToken.None)).Value.DecisionId);
    }

    [Fact]
    public async Task Sums_AreThoseOfThePersonOrTheKey()
    {
        await using (var context = _store.Open())
        {
            context.UsageDays.AddRange(Day("k1", "alice", 1), Day("k2", "alice", 2), Day("k3", "bob", 4));
            await context.SaveChangesAsync();
        }

        Assert.Equal(3, await SumAsync(new(UsageGroup.Day, _day, _day) { UserId = "alice" }));
        Assert.Equal(2, await SumAsync(new(UsageGroup.Day, _day, _day) { UserId = "alice", KeyId = "k2" }));
        Assert.Equal(0, await SumAsync(new(UsageGroup.Model, _day, _day) { UserId = "alice", KeyId = "k3" }));
    }

    [Fact]
    public void EachReason_HasARemedy() => Assert.All(Denials.All, denial => Assert.NotNull(Remedy.Of(denial.Reason)));

    private OwnRequests Own => new(_store, new(_store));

    private async Task<Page<UsageRow>> ListAsync(OwnRequestFilter filter) =>
        (await Own.ListAsync("alice", filter, CancellationToken.None)).Value;

    private async Task<long> SumAsync(UsageQuery query) =>
        (await new SumUsage(_store).RunAsync(query, CancellationToken.None)).Sum(sum => sum.Requests);

    private static string Ids(Page<UsageRow> page) => string.Join(' ', page.Items.Select(row => row.DecisionId[^2..]));

    private static string Id(string end) => $"0000000000000000000000000000{"00"}{end}";

    private static UsageRow Row(string end, string user, DateTimeOffset time, string decision) =>
        new()
        {
            DecisionId = Id(end),
            Time = time,
            UserId = user,
            Decision = decision,
        };

    private static UsageDay Day(string key, string user, long requests) =>
        new()
        {
            Day = _day.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber,
            Provider = "openai",
            Model = "gpt",
            KeyId = key,
            UserId = user,
            Tenant = "",
            Requests = requests,
        };
}
