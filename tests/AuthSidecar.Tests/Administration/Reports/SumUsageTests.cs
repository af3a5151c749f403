using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Administration.Reports;

public sealed class SumUsageTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("authsidecar-").FullName;
    private Store _store = null!;

    public async Task InitializeAsync()
    {
        _store = SqliteStore.For(new(), _directory, TimeProvider.System);
        await _store.PrepareAsync(CancellationToken.None);
        await using var context = _store.Open();
        context.UsageDays.AddRange(
            Day("2025-12-31", "openai", "gpt-5", "k1", "ada", "acme", 1000, 1000),
            Day("2026-01-01", "openai", "gpt-5", "k1", "ada", "acme", 3, 70),
            Day("2026-01-15", "openai", "gpt-5-mini", "k1", "ada", "acme", 2, 5),
            Day("2026-01-31", "anthropic", "claude", "k2", "bob", "", 4, 70),
            Day("2026-01-31", "", "", "", "", "", 9, null),
            Day("2026-02-01", "openai", "gpt-5", "k1", "ada", "acme", 1000, 1000)
        );
        await context.SaveChangesAsync();
    }

    public async Task DisposeAsync()
    {
        await _store.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Theory]
    [InlineData("Day", "2026-01-01 3 70, 2026-01-15 2 5, 2026-01-31 13 70")]
    [InlineData("Model", "claude 4 70, gpt-5 3 70, gpt-5-mini 2 5, null 9 null")]
    [InlineData("Key", "k1 5 75, k2 4 70, null 9 null")]
    [InlineData("User", "ada 5 75, bob 4 70, null 9 null")]
    [InlineData("Tenant", "acme 5 75, null 13 70")]
    [InlineData("Provider", "openai 5 75, anthropic 4 70, null 9 null")]
    public async Task EachGroup_IsSummed_OverBothDaysOfTheRange(string by, string expected)
    {
        var sums = await SumAsync(new(Enum.Parse<UsageGroup>(by), new(2026, 1, 1), new(2026, 1, 31)));

        Assert.Equal(
            expected,
            string.Join(", ", sums.Select(sum => $"{sum.Group ?? "null"} {sum.Requests} {sum.CostMicroUsd?.ToString() ?? "null"}"))
        );
    }

    [Fact]
    public async Task EachKindOfToken_IsSummedByItself()
    {
        var sum = Assert.Single(await SumAsync(new(UsageGroup.Day, new(2026, 1, 1), new(2026, 1, 1))));

        Assert.Equal(new UsageSum("2026-01-01", 3, 30, 300, 3_000, 30_000, 300_000, 70), sum);
    }

    [Fact]
    public async Task NothingThere_IsNothing() => Assert.Empty(await SumAsync(new(UsageGroup.Model, new(2027, 1, 1), new(2027, 12, 31))));

    [Theory]
    [InlineData(null, null, "2026-03-01 2026-03-31")]
    [InlineData("2026-02-27", null, "2026-02-27 2026-03-31")]
    [InlineData("2026-03-31", null, "2026-03-31 2026-03-31")]
    [InlineData(null, "2026-02-10", "2026-02-01 2026-02-10")]
    [InlineData("2025-01-01", "2027-01-01", "2025-01-01 2027-01-01")]
    public void OmittedDays_AreThoseOfTheMonth(string? from, string? to, string expected)
    {
        var query = UsageQuery
            .Of(UsageGroup.Day, Parse(from), Parse(to), new FakeTimeProvider(new(2026, 4, 1, 1, 59, 59, TimeSpan.FromHours(2))))
            .Value;

        Assert.Equal(expected, $"{UsageQuery.Text(query.From)} {UsageQuery.Text(query.To)}");
    }

    [Theory]
    [InlineData("2026-04-01", null, "The first day, 2026-04-01, is after the last, 2026-03-31 (today).")]
    [InlineData("2026-01-02", "2026-01-01", "The first day, 2026-01-02, is after the last, 2026-01-01.")]
    public void RangeThatEndsBeforeItBegins_IsRefused(string? from, string? to, string message) =>
        Assert.Equal(
            message,
            UsageQuery
                .Of(UsageGroup.Day, Parse(from), Parse(to), new FakeTimeProvider(new(2026, 3, 31, 0, 0, 0, TimeSpan.Zero)))
                .Refusal?.Message
        );

    private static DateOnly? Parse(string? text) =>
        text is null ? null
        : UsageQuery.TryParseDay(text, out var day) ? day
        : throw new ArgumentException(text);

    private static UsageDay Day(
        string day,
        string provider,
        string model,
        string key,
        string user,
        string tenant,
        long requests,
        long? cost
    ) =>
        new()
        {
            Day = Parse(day)!.Value.DayNumber - new DateOnly(1970, 1, 1).DayNumber,
            Provider = provider,
            Model = model,
            KeyId = key,
            UserId = user,
            Tenant = tenant,
            Requests = requests,
            Priced = cost is null ? 0 : 1,
            InputTokens = requests * 10,
            OutputTokens = requests * 100,
            CachedReadTokens = requests * 1_000,
            CachedWriteTokens = requests * 10_000,
            ReasoningTokens = requests * 100_000,
            CostMicros = cost ?? 0,
        };

    private Task<List<UsageSum>> SumAsync(UsageQuery query) => new SumUsage(_store).RunAsync(query, CancellationToken.None);
}
