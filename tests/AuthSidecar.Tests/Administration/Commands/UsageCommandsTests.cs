using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Administration.Commands;

public sealed class UsageCommandsTests : IDisposable
{
    private const string Unknown = "ffffffffffffffffffffffffffffffff";

    private readonly TemporaryDirectory _directory = new();
    private readonly CommandRunner _run;

    public UsageCommandsTests() => _run = new(_directory.Path);

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Sums_AreThoseOfTheRows()
    {
        await WriteAsync([.. UsageParts.Whole(1), .. UsageParts.Whole(2), UsageParts.Decided(UsageParts.Id(3))]);
        string[] range = ["--from", "2026-01-01", "--to", "2026-01-31"];

        Assert.Equal(
            """{"items":[{"group":"2026-01-31","requests":3,"inputTokens":20,"outputTokens":10,"cachedReadTokens":0,"cachedWriteTokens":0,"reasoningTokens":0,"costMicroUsd":50}]}""",
            (await _run.JsonAsync(["usage", .. range])).GetRawText()
        );
        Assert.Equal(
            """{"items":[{"group":"gpt-5","requests":2,"inputTokens":20,"outputTokens":10,"cachedReadTokens":0,"cachedWriteTokens":0,"reasoningTokens":0,"costMicroUsd":50},{"group":null,"requests":1,"inputTokens":0,"outputTokens":0,"cachedReadTokens":0,"cachedWriteTokens":0,"reasoningTokens":0,"costMicroUsd":null}]}""",
            (await _run.JsonAsync(["usage", "--by", "model", .. range])).GetRawText()
        );
        Assert.Equal(
            "group,requests,inputTokens,outputTokens,cachedReadTokens,cachedWriteTokens,reasoningTokens,costMicroUsd\r\nada,3,20,10,0,0,0,50\r\n",
            (await _run.RunAsync(["usage", "--by", "user", "--csv", .. range])).Output
        );
        Assert.Equal(
            "PROVIDER  REQUESTS  INPUT  OUTPUT  CACHED READ  CACHED WRITE  REASONING  COST USD\nopenai    3         20     10      0  "
                + "          0             0          0.00005\n",
            (await _run.RunAsync(["usage", "--by", "provider", .. range])).Output
        );
        Assert.Equal(
            """{"items":[]}""",
            (await _run.JsonAsync("usage", "--by", "tenant", "--from", "2026-02-01", "--to", "2026-02-28")).GetRawText()
        );
    }

    [Fact]
    public async Task Rows_ShowAllFields_LatestFirst()
    {
        var later = UsageParts.Decided(UsageParts.Id(2));
        later.Time = UsageParts.Start.AddSeconds(5);
        later.Decision = "deny";
        later.Reason = "rate_limited";
        await WriteAsync([.. UsageParts.Whole(1), later]);

        Assert.Equal(
            """{"decisionId":"00000000000000000000000000000001","time":"2026-01-31T23:59:59Z","keyId":"key","userId":"ada","tenant":"acme","app":null,"policy":"openai","provider":"openai","model":"gpt-5","mode":"centralized","decision":"allow","reason":"","status":200,"outcome":"complete","errorType":null,"durationMs":420,"requestBytes":1000,"responseBytes":2000,"inputTokens":10,"outputTokens":5,"cachedReadTokens":null,"cachedWriteTokens":null,"reasoningTokens":null,"costMicroUsd":25,"estimated":false,"client":"codex","path":"/v1/chat/completions"}""",
            (await _run.JsonAsync("usage", "rows", "--decision", UsageParts.Id(1))).GetProperty("items")[0].GetRawText()
        );
        Assert.Equal([UsageParts.Id(2), UsageParts.Id(1)], Ids(await _run.JsonAsync("usage", "rows")));
        Assert.Equal([UsageParts.Id(2)], Ids(await _run.JsonAsync("usage", "rows", "--last", "1")));
        Assert.Equal([UsageParts.Id(1)], Ids(await _run.JsonAsync("usage", "rows", "--decision", "00000000-0000-0000-0000-000000000001")));
        Assert.Equal(3, (await _run.RunAsync("usage", "rows", "--csv")).Output.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains("deny rate_limited", (await _run.RunAsync("usage", "rows")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ClientNames_AreEscapedForTheTerminal()
    {
        var row = UsageParts.Observed(UsageParts.Id(1));
        row.Model = "\u001b[2Jgpt\n";
        row.Path = "/\u009b31m";
        await WriteAsync([row]);

        var shown =
            (await _run.RunAsync("usage", "rows")).Output
            + (await _run.RunAsync("explain", UsageParts.Id(1))).Output
            + (await _run.RunAsync("usage", "--by", "model", "--from", "2026-01-01")).Output;

        Assert.Contains("?[2Jgpt?", shown, StringComparison.Ordinal);
        Assert.DoesNotContain(shown, letter => char.IsControl(letter) && letter != '\n');
    }

    [Theory]
    [InlineData("usage", "rows", "--decision", Unknown)]
    [InlineData("usage", "rows", "--decision", "nothing")]
    [InlineData("explain", Unknown)]
    [InlineData("explain", "' OR 1=1 --")]
    [InlineData("explain", "")]
    public async Task UnknownDecision_IsReported(params string[] words)
    {
        var failure = await _run.FailAsync(words);

        Assert.Equal((1, "unknown_decision"), (failure.ExitCode, failure.Code));
        Assert.Contains("x-authsidecar-decision-id", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("usage", "--by", "colour")]
    [InlineData("usage", "--by", "Day")]
    [InlineData("usage", "--by", "0")]
    [InlineData("usage", "--from", "2026-02-30")]
    [InlineData("usage", "--from", "2026-2-1")]
    [InlineData("usage", "--from", "yesterday")]
    [InlineData("usage", "--from", "2026-01-01T00:00:00Z")]
    [InlineData("usage", "--to", "")]
    [InlineData("usage", "--to", "30d")]
    [InlineData("usage", "--from", "9999-01-01")]
    [InlineData("usage", "--from", "2026-02-01", "--to", "2026-01-31")]
    [InlineData("usage", "--csv")]
    [InlineData("usage", "columns")]
    [InlineData("usage", "rows", "--csv")]
    [InlineData("usage", "rows", "--last", "0")]
    [InlineData("usage", "rows", "--last", "10001")]
    [InlineData("usage", "rows", "--last", "-1")]
    [InlineData("usage", "rows", "--last", "many")]
    [InlineData("usage", "rows", "--last", "5", "--decision", Unknown)]
    [InlineData("usage", "--by", "model", "rows")]
    [InlineData("usage", "rows", "--by", "model")]
    [InlineData("explain")]
    [InlineData("explain", Unknown, Unknown)]
    public async Task UnknownArguments_AreUsageErrors(params string[] words) => Assert.Equal(64, (await _run.FailAsync(words)).ExitCode);

    [Fact]
    public async Task Explain_NamesTheDenyingStep()
    {
        var denied = UsageParts.Decided(UsageParts.Id(1));
        (denied.Decision, denied.Reason) = ("deny", "rate_limited");
        await WriteAsync([denied]);

        var explained = await _run.JsonAsync("explain", UsageParts.Id(1));

        Assert.Equal("Refused under policy openai: rate_limited (429). Too many requests.", explained.GetProperty("summary").GetString());
        Assert.Equal(
            (429, "Denied; not sent to an upstream."),
            (explained.GetProperty("status").GetInt32(), explained.GetProperty("end").GetString())
        );
        Assert.Equal(
            "refused",
            explained
                .GetProperty("steps")
                .EnumerateArray()
                .Single(step => step.GetProperty("step").GetString() == "rate_limit")
                .GetProperty("result")
                .GetString()
        );
        Assert.Equal(["check"], explained.GetProperty("toldBy").EnumerateArray().Select(source => source.GetString()));
        Assert.Equal(UsageParts.Id(1), explained.GetProperty("row").GetProperty("decisionId").GetString());
        var text = (await _run.RunAsync("explain", UsageParts.Id(1))).Output;
        Assert.Matches(@"(?m)^authenticate +authentication, with cached results +passed$", text);
        Assert.Matches(@"(?m)^rate_limit +rate limits; counts the request +refused$", text);
        Assert.Matches(@"(?m)^budget +.* +not reached$", text);
    }

    [Fact]
    public async Task Explain_NamesTheBudget()
    {
        const string Detail = "US$5.00 a month shared by all members of group staff, frees 2026-02-01T00:00:00Z";
        var denied = UsageParts.Decided(UsageParts.Id(1));
        (denied.Decision, denied.Reason, denied.Detail) = ("deny", "budget_exceeded", Detail);
        await WriteAsync([denied, UsageParts.Decided(UsageParts.Id(2))]);

        Assert.Equal(Detail, (await _run.JsonAsync("explain", UsageParts.Id(1))).GetProperty("detail").GetString());
        Assert.Contains(
            $"detail           {Detail}\n",
            (await _run.RunAsync("explain", UsageParts.Id(1))).Output,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("detail", (await _run.RunAsync("explain", UsageParts.Id(2))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_ShowsOutcomeAndCost()
    {
        var reserved = UsageParts.Decided(UsageParts.Id(2));
        reserved.ReservedMicros = 700;
        var unpriced = UsageParts.Decided(UsageParts.Id(3));
        unpriced.Provider = "unknown";
        await WriteAsync([
            .. UsageParts.Whole(1),
            reserved,
            UsageParts.Logged(UsageParts.Id(2)),
            unpriced,
            UsageParts.Observed(UsageParts.Id(3)),
            UsageParts.Observed(UsageParts.Id(4)),
            UsageParts.Decided(UsageParts.Id(5)),
        ]);

        Assert.Equal(
            ("Allowed under policy openai.", "Complete, with usage.", "From the counted tokens and the price of the day."),
            await ExplainAsync(1)
        );
        Assert.Equal(
            (
                "Allowed under policy openai.",
                "Complete; the response showed no usage.",
                "Estimated: the usage was not fully observed; the greater of reservation and observed amount counts."
            ),
            await ExplainAsync(2)
        );
        Assert.Equal("Unknown: no price is known for this provider and model at that time.", (await ExplainAsync(3)).Cost);
        Assert.Equal("The decision has not been reported.", (await ExplainAsync(4)).Summary);
        Assert.Equal(
            ("The end has not been reported.", "Unknown: no usage was observed."),
            await ExplainAsync(5) is var (_, end, cost) ? (end, cost) : default
        );
        Assert.Equal(
            (700, true),
            await _run.JsonAsync("explain", UsageParts.Id(2)) is var explained
                ? (explained.GetProperty("reservedMicroUsd").GetInt32(), explained.GetProperty("settled").GetBoolean())
                : default
        );
        Assert.Contains("0.0007 USD, settled", (await _run.RunAsync("explain", UsageParts.Id(2))).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sums_AndRows_AreFilteredByUserKeyAndPolicy()
    {
        var alice = (await _run.JsonAsync("users", "create", "alice")).GetProperty("id").GetString()!;
        var key = await _run.JsonAsync("keys", "create", "--user", "alice", "--name", "laptop");
        var (id, token) = (key.GetProperty("id").GetString()!, key.GetProperty("token").GetString()!);
        var (own, other) = (UsageParts.Decided(UsageParts.Id(2)), UsageParts.Decided(UsageParts.Id(3)));
        (own.KeyId, own.UserId, own.Policy) = (id, alice, "anthropic");
        other.Policy = "anthropic";
        await WriteAsync([.. UsageParts.Whole(1), own, other]);
        string[] range = ["--from", "2026-01-01", "--to", "2026-01-31"];

        foreach (
            var (filter, expected) in new (string[], int[])[]
            {
                (["--user", "alice"], [2]),
                (["--user", alice], [2]),
                (["--key", id], [2]),
                (["--key", token], [2]),
                (["--policy", "anthropic"], [3, 2]),
                (["--policy", "openai"], [1]),
                (["--policy", "anthropic", "--user", "alice"], [2]),
                (["--key", "key", "--policy", "anthropic"], [3]),
                (["--policy", "none"], []),
            }
        )
        {
            Assert.Equal(expected.Select(UsageParts.Id), Ids(await _run.JsonAsync(["usage", "rows", .. filter])));
            var sums = (await _run.JsonAsync(["usage", .. filter, .. range])).GetProperty("items").EnumerateArray();
            Assert.Equal(expected.Length, sums.Sum(sum => sum.GetProperty("requests").GetInt32()));
        }

        Assert.Equal("unknown_user", (await _run.FailAsync("usage", "--user", "nobody")).Code);
        Assert.Equal("usage", (await _run.FailAsync("usage", "rows", "--decision", UsageParts.Id(1), "--key", id)).Code);
        Assert.Equal("usage", (await _run.FailAsync("usage", "--key", id, "rows")).Code);
        Assert.Matches($"{id} +laptop +1 ", (await _run.RunAsync(["usage", "--by", "key", .. range])).Output);
        Assert.Matches($"{alice} +alice +1 ", (await _run.RunAsync(["usage", "--by", "user", .. range])).Output);
        Assert.Matches($"{id} +laptop +alice +anthropic ", (await _run.RunAsync("usage", "rows")).Output);
        Assert.DoesNotContain(token, (await _run.RunAsync("usage", "rows", "--key", token)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Currency_StandsInTheTables()
    {
        var run = new CommandRunner(_directory.Path) { Settings = { Usage = { Currency = "EUR" } } };

        Assert.Contains("COST EUR", (await run.RunAsync("usage")).Output, StringComparison.Ordinal);
    }

    private static IEnumerable<string?> Ids(System.Text.Json.JsonElement list) =>
        list.GetProperty("items").EnumerateArray().Select(row => row.GetProperty("decisionId").GetString());

    private async Task<(string? Summary, string? End, string? Cost)> ExplainAsync(int number)
    {
        var explained = await _run.JsonAsync("explain", UsageParts.Id(number));
        return (
            explained.GetProperty("summary").GetString(),
            explained.GetProperty("end").GetString(),
            explained.GetProperty("cost").GetString()
        );
    }

    private async Task WriteAsync(UsageReport[] parts)
    {
        await using var store = SqliteStore.For(new(), _directory.Path, TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        await new UsageRepository(store, UsageHarness.CostOf).WriteAsync(parts, CancellationToken.None);
    }
}
