using System.Globalization;
using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Rest;

/// <summary>Sums of usage, of the caller and of all, are those of SQL over the rows.</summary>
public abstract partial class PeopleApiContract
{
    private const long MicrosOfDay = 86_400_000_000;
    private const decimal Micros = 1_000_000;

    private const string Sums = """
        CAST(SUM(COALESCE("Requests", 1)) AS BIGINT) AS "Count", CAST(SUM(COALESCE("InputTokens", 0)) AS BIGINT) AS "Input",
        CAST(SUM(COALESCE("OutputTokens", 0)) AS BIGINT) AS "Output", CAST(SUM("CostMicros") AS BIGINT) AS "Cost" FROM "Usage"
        """;

    internal sealed record SqlSum(string? Name, long Count, long Input, long Output, long? Cost);

    [RequiresStoreFact]
    public async Task OwnUsage_IsThatOfTheRows()
    {
        var user = await Host.AddUserAsync("uma");
        var keys = new[] { KeyToken.IdOf(await Host.AddKeyAsync("uma", "full")), KeyToken.IdOf(await Host.AddKeyAsync("uma", "full")) };
        var midnight = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero);
        await WriteAsync(user, keys, midnight);

        await using var context = Host.Store.Open();
        var byDay = await SqlAsync("""CAST("Time" / 86400000000 AS TEXT)""");
        Assert.Equal(4, byDay.Count);
        Assert.Equal([(1L, 15L), (2L, 10L)], byDay.Skip(2).Select(day => (day.Count, day.Input + day.Output)));
        Assert.Equal([null, 0L, 25L, 16L], byDay.Select(day => day.Cost));

        var days = await ItemsAsync("by-day?days=7");
        Assert.Equal(7, days.Count);
        foreach (var (day, number) in days.Select((day, number) => (day, number)))
        {
            Assert.Equal($"{midnight.AddDays(number - 6):yyyy-MM-dd}", (string?)day!["day"]);
            var name = ((Instant(midnight) / MicrosOfDay) + number - 6).ToString(CultureInfo.InvariantCulture);
            Assert.Equal(Text(byDay.SingleOrDefault(sum => sum.Name == name) ?? new("", 0, 0, 0, 0)), Text(day));
        }

        Assert.Equal(Ordered(await SqlAsync("\"Model\"")), (await ItemsAsync("by-model?days=7")).Select(item => Named(item!, "model")));
        var keyItems = await ItemsAsync("by-key?days=7");
        Assert.Equal(Ordered(await SqlAsync("\"KeyId\"")), keyItems.Select(item => Named(item!, "keyId")));
        Assert.All(keyItems, item => Assert.Equal("a key", (string?)item!["name"]));
        var summary = (await Host.SendAsync("uma", "GET", "/api/me/usage/summary")).Json;
        Assert.Equal(Text(Assert.Single(await SqlAsync("\"UserId\""))), Text(summary));

        foreach (
            var (path, first) in new[]
            {
                ("by-day?days=7&", "day"),
                ("by-model?days=7&", "model"),
                ("by-key?days=7&", "keyId"),
                ("summary?", ""),
            }
        )
        {
            await CsvIsTheSameAsync(path, first);
        }

        var page = await LinesAsync("/ui/me?days=7&format=csv");
        Assert.Equal(
            days.Where(day => (long)day!["requestCount"]! > 0)
                .Select(day =>
                    $"{day!["day"]},{day["requestCount"]},{day["promptTokens"]},{day["completionTokens"]},0,0,0,"
                    + (day["cost"] is null ? "" : $"{(long)((decimal)day["cost"]! * Micros)}")
                ),
            page.Skip(1)
        );
        return;

        Task<List<SqlSum>> SqlAsync(string group)
        {
            var sql = $$"""SELECT {{group}} AS "Name", {{Sums}} WHERE "UserId" = {0} GROUP BY {{group}} ORDER BY MIN("Time")""";
            return context.Database.SqlQueryRaw<SqlSum>(sql, user).ToListAsync();
        }
    }

    [RequiresStoreFact]
    public async Task UsageOfAll_IsThatOfTheRows()
    {
        var user = await Host.AddUserAsync("ute");
        var keys = new[] { KeyToken.IdOf(await Host.AddKeyAsync("ute", "full")), KeyToken.IdOf(await Host.AddKeyAsync("ute", "full")) };
        var midnight = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero);
        await WriteAsync(user, keys, midnight);
        var range = $"from={midnight.AddDays(-6):yyyy-MM-dd}&to={midnight:yyyy-MM-dd}";

        await using var context = Host.Store.Open();
        foreach (
            var (by, column) in new[]
            {
                ("model", "Model"),
                ("key", "KeyId"),
                ("user", "UserId"),
                ("tenant", "Tenant"),
                ("provider", "Provider"),
            }
        )
        {
            Assert.Equal(Sorted(await SqlAsync($"\"{column}\"", "1 = 1")), Sorted(await AllAsync($"by={by}&{range}")));
        }

        var byDay = await SqlAsync("""CAST("Time" / 86400000000 AS TEXT)""", "1 = 1");
        var days = await AllAsync($"by=day&{range}");
        Assert.Equal(["unknown", "0", "25", "18"], days.Select(day => day.Split(' ')[^1]));
        Assert.Equal(byDay.Select(day => AllText(day with { Name = Day(long.Parse(day.Name!, CultureInfo.InvariantCulture)) })), days);

        // The edges of a day.
        var today = $"from={midnight:yyyy-MM-dd}&to={midnight:yyyy-MM-dd}";
        var yesterday = $"from={midnight.AddDays(-1):yyyy-MM-dd}&to={midnight.AddDays(-1):yyyy-MM-dd}";
        Assert.Equal([days[^1]], await AllAsync($"by=day&{today}"));
        Assert.Equal([days[^2]], await AllAsync($"by=day&{yesterday}"));

        foreach (var (name, column, value) in new[] { ("user", "UserId", user), ("key", "KeyId", keys[1]), ("model", "Model", "gpt-5") })
        {
            Assert.Equal(
                Sorted(await SqlAsync("\"Model\"", $"\"{column}\" = '{value}'")),
                Sorted(await AllAsync($"by=model&{name}={value}&{range}"))
            );
        }

        return;

        Task<List<SqlSum>> SqlAsync(string group, string condition)
        {
            var sql = $"""SELECT {group} AS "Name", {Sums} WHERE {condition} GROUP BY {group} ORDER BY MIN("Time")""";
            return context.Database.SqlQueryRaw<SqlSum>(sql).ToListAsync();
        }

        async Task<List<string>> AllAsync(string query) =>
            [
                .. (await Host.SendAsync("ada", "GET", $"/api/admin/usage?{query}")).Json["items"]!
                    .AsArray()
                    .Select(item =>
                        FormattableString.Invariant(
                            $"{item!["group"]} {item["requests"]} {item["inputTokens"]} {item["outputTokens"]} {item["costMicroUsd"]?.ToString() ?? "unknown"}"
                        )
                    ),
            ];

        static string AllText(SqlSum sum) =>
            FormattableString.Invariant(
                $"{sum.Name} {sum.Count} {sum.Input} {sum.Output} {sum.Cost?.ToString(CultureInfo.InvariantCulture) ?? "unknown"}"
            );

        static string Day(long number) => DateTime.UnixEpoch.AddDays(number).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

        static IEnumerable<string> Sorted(IEnumerable<object> sums) =>
            sums.Select(sum => sum as string ?? AllText((SqlSum)sum)).Order(StringComparer.Ordinal);
    }

    /// <summary>Writes requests of the user, and of another with the same keys and models.</summary>
    private async Task WriteAsync(string user, string[] keys, DateTimeOffset midnight)
    {
        await using var pipeline = new UsageHarness(Host.Store, Host.Scratch);
        await pipeline.StartAsync();
        Record(1, midnight.AddDays(-3), keys[0], "gpt-5", 100, 50, user, "unpriced");
        Record(2, midnight.AddDays(-2), keys[0], "free", 0, 0, user);

        // 23:59:59.9999999, the last instant of its day.
        Record(3, midnight.AddTicks(-1), keys[0], "gpt-5", 10, 5, user);
        Record(4, midnight, keys[1], "gpt-5", 7, 3, user);
        Record(5, midnight, keys[1], "gpt-5-mini", 2, 0, "bob's");
        var denied = UsageParts.Decided(UsageParts.Id(6));
        (denied.Time, denied.KeyId, denied.UserId, denied.Decision, denied.Reason) = (midnight, keys[1], user, "deny", "rate_limited");
        Record(7, midnight, keys[1], "free", 0, 0, "bob's");
        Assert.True(pipeline.Queue.Record(denied));
        await pipeline.StopAsync();

        void Record(
            int number,
            DateTimeOffset time,
            string key,
            string model,
            long input,
            long output,
            string owner,
            string? provider = null
        )
        {
            var (decided, observed) = (
                UsageParts.Decided(UsageParts.Id(number)),
                UsageParts.Observed(UsageParts.Id(number), input, output)
            );
            (decided.Time, decided.KeyId, decided.UserId, decided.Provider) = (time, key, owner, provider ?? decided.Provider);
            (observed.Time, observed.Model) = (time, model);
            Assert.True(pipeline.Queue.Record(decided));
            Assert.True(pipeline.Queue.Record(observed));
        }
    }

    private async Task<JsonArray> ItemsAsync(string path) =>
        (await Host.SendAsync("uma", "GET", $"/api/me/usage/{path}")).Json["items"]!.AsArray();

    private async Task CsvIsTheSameAsync(string path, string first)
    {
        var json = (await Host.SendAsync("uma", "GET", $"/api/me/usage/{path.TrimEnd('?', '&')}")).Json;
        var items = first.Length == 0 ? [json] : json["items"]!.AsArray().Select(item => item!);
        var lines = await LinesAsync($"/api/me/usage/{path}format=csv");
        Assert.Equal(
            items.Select(item => string.Join(',', lines[0].Split(',').Select(column => item[column]?.ToString() ?? ""))),
            lines.Skip(1)
        );
    }

    private async Task<string[]> LinesAsync(string path)
    {
        var reply = await Host.SendAsync("uma", "GET", path);
        Assert.Equal((200, "text/csv"), (reply.Status, reply.Type));
        return reply.Text.TrimStart('\ufeff').Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private static long Instant(DateTimeOffset time) => AuthSidecar.Platform.Storage.Instant.ToMicroseconds(time);

    private static IEnumerable<string> Ordered(List<SqlSum> sums) =>
        sums.OrderByDescending(sum => sum.Count).ThenBy(sum => sum.Name, StringComparer.Ordinal).Select(sum => $"{sum.Name}: {Text(sum)}");

    private static string Named(JsonNode item, string member) => $"{item[member]}: {Text(item)}";

    private static string Text(SqlSum sum) =>
        FormattableString.Invariant(
            $"{sum.Count} {sum.Input} {sum.Output} {sum.Input + sum.Output} {(sum.Cost is { } cost ? $"{cost / Micros:0.######}" : "unknown")}"
        );

    private static string Text(JsonNode? item) =>
        FormattableString.Invariant(
            $"{item!["requestCount"]} {item["promptTokens"]} {item["completionTokens"]} {item["totalTokens"]} {(item["cost"] is { } cost ? $"{(decimal)cost:0.######}" : "unknown")}"
        );
}
