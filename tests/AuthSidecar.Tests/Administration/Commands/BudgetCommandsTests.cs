using System.Globalization;
using AuthSidecar.Tests.Platform.Storage;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class BudgetCommandsTests : IDisposable
{
    private const string Alice = "0f0e0d0c-0b0a-0908-0706-050403020100";

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public BudgetCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("0", 0)]
    [InlineData("0.000001", 1)]
    [InlineData("12.5", 12_500_000)]
    [InlineData("12.3456780", 12_345_678)]
    [InlineData("1000000", 1_000_000_000_000)]
    public async Task Set_PrintsTheBudgetInMillionths(string dollars, long micros)
    {
        await _run.JsonAsync("users", "create", "alice", "--id", Alice);

        Assert.Equal(
            $$"""{"scope":"user","id":"{{Alice}}","subject":"{{Alice}}","sharing":null,"period":"month","limitMicroUsd":{{micros}},"warnMicroUsd":null}""",
            (await _run.JsonAsync("budgets", "set", "--user", "alice", "--limit-usd", dollars)).GetRawText()
        );
    }

    [Fact]
    public async Task Set_Again_Replaces()
    {
        await _run.JsonAsync("users", "create", "alice");
        await _run.JsonAsync("groups", "create", "staff");
        var key = (await _run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("id").GetString()!;

        foreach (var dollars in new[] { "1", "2" })
        {
            Assert.Equal(
                """{"scope":"group","id":"staff","subject":"staff","sharing":"per_member","period":"month","limitMicroUsd":"""
                    + dollars
                    + "000000,\"warnMicroUsd\":null}",
                (await _run.JsonAsync("budgets", "set", "--group", "staff", "--limit-usd", dollars)).GetRawText()
            );
            Assert.Equal(
                $$"""{"scope":"key","id":"{{key}}","subject":"{{key}}","sharing":null,"period":"month","limitMicroUsd":{{dollars}}000000,"warnMicroUsd":null}""",
                (await _run.JsonAsync("budgets", "set", "--key", key, "--limit-usd", dollars)).GetRawText()
            );
        }

        Assert.Equal(
            "SCOPE  ID     SHARING      PERIOD  LIMIT USD  WARN USD\ngroup  staff  each member  month   2.50       -\n",
            (await _run.RunAsync("budgets", "set", "--group", "staff", "--limit-usd", "2.5")).Output
        );
    }

    [Fact]
    public async Task GroupsTwoBudgets_Coexist_AndAreRemovedSeparately()
    {
        await _run.JsonAsync("groups", "create", "staff");
        await _run.JsonAsync("budgets", "set", "--group", "staff", "--per-member", "--limit-usd", "5");
        Assert.Equal(
            """{"scope":"group","id":"staff","subject":"staff","sharing":"shared","period":"month","limitMicroUsd":100000000,"warnMicroUsd":null}""",
            (await _run.JsonAsync("budgets", "set", "--group", "staff", "--shared", "--limit-usd", "100")).GetRawText()
        );

        var now = DateTime.UtcNow;
        var resets = new DateTime(now.Year, now.Month, 1).AddMonths(1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        Assert.Equal(
            $$"""[{"scope":"group","id":"staff","subject":"staff","name":null,"sharing":"per_member","period":"month","limitMicroUsd":5000000,"warnMicroUsd":null,"spentMicroUsd":null,"leftMicroUsd":null,"resetsAt":"{{resets}}T00:00:00Z"},{"scope":"group","id":"staff","subject":"staff","name":null,"sharing":"shared","period":"month","limitMicroUsd":100000000,"warnMicroUsd":null,"spentMicroUsd":0,"leftMicroUsd":100000000,"resetsAt":"{{resets}}T00:00:00Z"}]""",
            (await _run.JsonAsync("budgets", "list")).GetProperty("items").GetRawText()
        );
        Assert.Equal(
            $"""
            SCOPE  SUBJECT  NAME  SHARING      PERIOD  LIMIT USD  WARN USD  SPENT USD  LEFT USD  RESETS
            group  staff    -     each member  month   5.00       -         -          -         {resets} 00:00:00Z
            group  staff    -     shared       month   100.00     -         0.00       100.00    {resets} 00:00:00Z

            """,
            (await _run.RunAsync("budgets", "list")).Output
        );

        Assert.Equal(
            "shared",
            (await _run.JsonAsync("budgets", "remove", "--group", "staff", "--shared")).GetProperty("sharing").GetString()
        );
        Assert.Equal("unknown_budget", (await _run.FailAsync(["budgets", "remove", "--group", "staff", "--shared"])).Code);
        Assert.Equal("per_member", (await _run.JsonAsync("budgets", "remove", "--group", "staff")).GetProperty("sharing").GetString());
        Assert.Equal("[]", (await _run.JsonAsync("budgets", "list")).GetProperty("items").GetRawText());
    }

    [Fact]
    public async Task BudgetsOfThreePeriods_Coexist_AndAreRemovedSeparately()
    {
        await _run.JsonAsync("users", "create", "alice");
        foreach (var (period, dollars) in new[] { ("day", "20"), ("week", "100"), ("month", "300") })
        {
            await _run.JsonAsync("budgets", "set", "--user", "alice", "--limit-usd", dollars, "--period", period);
        }

        await _run.JsonAsync("budgets", "set", "--user", "alice", "--limit-usd", "25", "--period", "day");

        Assert.Equal(["month 300000000", "week 100000000", "day 25000000"], await ListAsync());
        var items = (await _run.JsonAsync("budgets", "list")).GetProperty("items").EnumerateArray().ToList();
        var resets = items.ConvertAll(item => item.GetProperty("resetsAt").GetDateTimeOffset());
        Assert.Equal((1, DayOfWeek.Monday), (resets[0].Day, resets[1].DayOfWeek));
        Assert.All(resets, at => Assert.Equal(TimeSpan.Zero, at.TimeOfDay));
        Assert.InRange(resets[2] - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(-5), TimeSpan.FromDays(1));

        Assert.Equal(
            "day",
            (await _run.JsonAsync("budgets", "remove", "--user", "alice", "--period", "day")).GetProperty("period").GetString()
        );
        Assert.Equal("unknown_budget", (await _run.FailAsync(["budgets", "remove", "--user", "alice", "--period", "day"])).Code);
        await _run.JsonAsync("budgets", "remove", "--user", "alice");
        Assert.Equal(["week 100000000"], await ListAsync());

        async Task<IEnumerable<string>> ListAsync() =>
            (await _run.JsonAsync("budgets", "list"))
                .GetProperty("items")
                .EnumerateArray()
                .Select(item => $"{item.GetProperty("period")} {item.GetProperty("limitMicroUsd")}")
                .ToList();
    }

    [Fact]
    public async Task Warning_IsPartOfTheBudget_AndUpToItsLimit()
    {
        await _run.JsonAsync("users", "create", "alice");
        string[] set = ["budgets", "set", "--user", "alice", "--limit-usd", "5"];

        Assert.Equal(4_500_000, (await _run.JsonAsync([.. set, "--warn-usd", "4.5"])).GetProperty("warnMicroUsd").GetInt64());
        Assert.Equal(4_500_000, await ListedAsync());
        Assert.Equal("invalid_argument", (await _run.FailAsync([.. set, "--warn-usd", "5.01"])).Code);
        Assert.Equal("invalid_argument", (await _run.FailAsync([.. set, "--warn-usd", "0"])).Code);
        Assert.Equal(64, (await _run.FailAsync([.. set, "--warn-usd", "x"])).ExitCode);
        Assert.Equal(4_500_000, await ListedAsync());
        await _run.JsonAsync(set);
        Assert.Null(await ListedAsync());

        async Task<long?> ListedAsync()
        {
            var warn = (await _run.JsonAsync("budgets", "list")).GetProperty("items")[0].GetProperty("warnMicroUsd");
            return warn.ValueKind == System.Text.Json.JsonValueKind.Null ? null : warn.GetInt64();
        }
    }

    [Fact]
    public async Task CallerOfAnIssuer_IsNamedByIssuerAndSubject()
    {
        const string Caller = "https://id.example.com/a|b|c d";

        var (_, output, error) = await _run.RunAsync("budgets", "set", "--user", Caller, "--limit-usd", "1.5", "--json");
        Assert.Equal(
            $$"""{"scope":"user","id":"{{Caller}}","subject":"{{Caller}}","sharing":null,"period":"month","limitMicroUsd":1500000,"warnMicroUsd":null}""",
            output.TrimEnd()
        );
        Assert.StartsWith("warning: https://id.example.com/a is not the issuer of an entry of Jwt", error, StringComparison.Ordinal);
        Assert.Equal(Caller, (await _run.JsonAsync("budgets", "list")).GetProperty("items")[0].GetProperty("subject").GetString());
        await _run.JsonAsync("budgets", "remove", "--user", Caller);
    }

    /// <summary>A subject must not be mistaken for another one.</summary>
    [Theory]
    [InlineData("unknown_user", "https://id.example.com")]
    [InlineData("unknown_user", "https://id.example.com|")]
    [InlineData("unknown_user", "|sub")]
    [InlineData("unknown_user", "id.example.com|sub")]
    [InlineData("invalid_argument", "https://id.example.com| sub")]
    [InlineData("invalid_argument", "https://id.example.com|s\u00fcb")]
    [InlineData("ambiguous_user", "https://id.example.com|named")]
    public async Task CallerThatCanBeNone_IsRefused(string code, string user)
    {
        await _run.AddOldUserAsync("https://id.example.com|named");

        Assert.Equal(code, (await _run.FailAsync(["budgets", "set", "--user", user, "--limit-usd", "1"])).Code);
    }

    [Fact]
    public async Task LocalNameWithABar_IsTheUsers()
    {
        await _run.AddOldUserAsync("a|b", Alice);

        Assert.Equal(
            Alice,
            (await _run.JsonAsync("budgets", "set", "--user", "a|b", "--limit-usd", "1")).GetProperty("subject").GetString()
        );
    }

    [Fact]
    public async Task AnyKeyOfALine_NamesTheLine()
    {
        await _run.JsonAsync("users", "create", "alice");
        var first = (await _run.JsonAsync("keys", "create", "--user", "alice")).GetProperty("id").GetString()!;
        var second = (await _run.JsonAsync("keys", "rotate", first, "--grace", "1h")).GetProperty("id").GetString()!;
        var third = (await _run.JsonAsync("keys", "rotate", second)).GetProperty("id").GetString()!;

        foreach (var key in new[] { first, second, third })
        {
            Assert.Equal(
                first,
                (await _run.JsonAsync("budgets", "set", "--key", key, "--limit-usd", "1")).GetProperty("subject").GetString()
            );
        }

        Assert.Equal(1, (await _run.JsonAsync("budgets", "list")).GetProperty("items").GetArrayLength());
        Assert.Matches($@"(?m)^line +{first} \(shares its budget and limit\)$", (await _run.RunAsync("keys", "show", third)).Output);
        Assert.DoesNotMatch("(?m)^line ", (await _run.RunAsync("keys", "show", first)).Output);
    }

    [Fact]
    public async Task Help_ExplainsAGroupsBudgets()
    {
        var help = string.Join(
            ' ',
            (await _run.RunAsync("budgets", "set", "--help")).Output.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
        );

        Assert.Contains("of each member of a group, of a group's members together", help, StringComparison.Ordinal);
        Assert.Contains("--per-member", help, StringComparison.Ordinal);
        Assert.Contains("one amount for all members together", help, StringComparison.Ordinal);
        Assert.Contains("ISSUER|SUB", help, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown_user", "--user", "bob")]
    [InlineData("unknown_group", "--group", "none")]
    [InlineData("unknown_key", "--key", "none")]
    public async Task Set_ForAnUnknownSubject_IsRefused(string code, params string[] words)
    {
        var failure = await _run.FailAsync(["budgets", "set", .. words, "--limit-usd", "1"]);

        Assert.Equal((1, code), (failure.ExitCode, failure.Code));
    }

    [Theory]
    [InlineData("--limit-usd", "1")]
    [InlineData("--user", "alice")]
    [InlineData("--user", "alice", "--group", "g", "--limit-usd", "1")]
    [InlineData("--user", "alice", "--group", "g", "--key", "k", "--limit-usd", "1")]
    [InlineData("--user", "alice", "--shared", "--limit-usd", "1")]
    [InlineData("--key", "k", "--per-member", "--limit-usd", "1")]
    [InlineData("--group", "g", "--per-member", "--shared", "--limit-usd", "1")]
    [InlineData("--user", "alice", "--limit-usd", "1", "--period", "year")]
    [InlineData("--user", "alice", "--limit-usd", "1", "--period", "")]
    [InlineData("--user", "alice", "--limit-usd", "-1")]
    [InlineData("--user", "alice", "--limit-usd", "0.0000001")]
    [InlineData("--user", "alice", "--limit-usd", "1000000.000001")]
    [InlineData("--user", "alice", "--limit-usd", "1e3")]
    [InlineData("--user", "alice", "--limit-usd", "1,5")]
    [InlineData("--user", "alice", "--limit-usd", "$1")]
    [InlineData("--user", "alice", "--limit-usd", "")]
    [InlineData("--user", "alice", "--limit-usd", "99999999999999999999999999999999999999")]
    public async Task UnknownArguments_AreUsageErrors(params string[] words)
    {
        await _run.JsonAsync("users", "create", "alice");

        Assert.Equal(64, (await _run.FailAsync(["budgets", "set", .. words])).ExitCode);
    }
}
