using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;

namespace AuthSidecar.IntegrationTests.Reports;

/// <summary>Reports over HTTP, from the real program.</summary>
public sealed class UsageApiTests(ReportServers servers) : IClassFixture<ReportServers>
{
    private const string January = "from=2026-01-01&to=2026-01-31";

    [Fact]
    public async Task Sums_AreThoseOfTheCommand()
    {
        foreach (var by in new[] { "day", "model", "key", "user", "tenant", "provider" })
        {
            var (exitCode, output, _) = await SidecarProcess.RunAsync(
                servers.Sandbox,
                "usage",
                "--by",
                by,
                "--from",
                "2026-01-01",
                "--to",
                "2026-01-31",
                "--json"
            );
            var answer = await servers.GetAsync($"/api/usage?by={by}&{January}");

            Assert.Equal((0, 200, "application/json; charset=utf-8"), (exitCode, answer.Status, answer.ContentType));
            Assert.Equal(output.Trim(), answer.Text);
            Assert.Equal(3, answer.Json["items"]!.AsArray().Sum(item => (int)item!["requests"]!));
        }

        Assert.Equal((await servers.GetAsync($"/api/usage?{January}")).Text, (await servers.GetAsync($"/api/usage?by=day&{January}")).Text);
        Assert.Equal("""{"items":[]}""", (await servers.GetAsync("/api/usage?from=2027-01-01&to=2027-01-01")).Text);
    }

    [Fact]
    public async Task WithoutDays_ItIsThisMonth() => Assert.Equal("""{"items":[]}""", (await servers.GetAsync("/api/usage")).Text);

    [Fact]
    public async Task Rows_AreThoseOfTheCommand()
    {
        foreach (
            var (words, query) in new[]
            {
                (Array.Empty<string>(), ""),
                (["--last", "2"], "?last=2"),
                (["--decision", UsageParts.Id(1)], $"?decision={UsageParts.Id(1)}"),
            }
        )
        {
            var (exitCode, output, _) = await SidecarProcess.RunAsync(servers.Sandbox, ["usage", "rows", .. words, "--json"]);
            var answer = await servers.GetAsync($"/api/usage/rows{query}");

            Assert.Equal((0, 200), (exitCode, answer.Status));
            Assert.Equal(output.Trim(), answer.Text);
        }
    }

    [Fact]
    public async Task AddressesOfTheReference_Answer()
    {
        var shown = Repository
            .Text("docs", "reference", "rest.md")
            .Split("```sh rest\n")[1]
            .Split("```")[0]
            .Trim()
            .Split('\n')
            .Select(line => new Uri(line.Split('\'')[1]))
            .ToList();

        Assert.Equal(2, shown.Count);
        foreach (var address in shown)
        {
            Assert.Equal(200, (await servers.GetAsync(address.PathAndQuery)).Status);
        }
    }

    [Theory]
    [InlineData("?format=csv", null, "text/csv; header=present; charset=utf-8")]
    [InlineData("", "text/csv", "text/csv; header=present; charset=utf-8")]
    [InlineData("", "application/json;q=0.5, text/*", "text/csv; header=present; charset=utf-8")]
    [InlineData("?format=json", "text/csv", "application/json; charset=utf-8")]
    [InlineData("", "text/csv;q=0.5, application/json", "application/json; charset=utf-8")]
    [InlineData("", "text/csv;q=0, */*", "application/json; charset=utf-8")]
    [InlineData("", "text/html, */*;q=0.8", "application/json; charset=utf-8")]
    public async Task Format_IsTheRequestedOne(string query, string? accept, string contentType)
    {
        foreach (var path in new[] { "/api/usage", "/api/usage/rows" })
        {
            var answer = await (accept is null ? servers.GetAsync(path + query) : servers.GetAsync(path + query, ("Accept", accept)));

            Assert.Equal((200, contentType, "no-store"), (answer.Status, answer.ContentType, answer.Caching));
        }
    }

    [Fact]
    public async Task OtherFormats_AreRefused() =>
        Assert.Equal("406 not_acceptable", (await servers.GetAsync("/api/usage", ("Accept", "image/png"))).Problem());

    [Fact]
    public async Task Csv_HoldsNoFormula()
    {
        var lines = (await servers.GetAsync($"/api/usage/rows?format=csv&decision={UsageParts.Id(3)}")).Text.Split("\r\n");

        Assert.StartsWith("decisionId,time,keyId,", lines[0], StringComparison.Ordinal);
        Assert.EndsWith(",\"'=cmd|' /C calc'!A0\",/v1/chat/completions,", lines[1], StringComparison.Ordinal);
        Assert.Equal("", lines[2]);
    }

    [Theory]
    [InlineData("admin")]
    [InlineData("master")]
    public async Task Admins_Pass_WithEitherHeader(string who)
    {
        var token = servers.Tokens[who];

        Assert.Equal(200, (await servers.GetAsync("/api/usage", ("Authorization", $"Bearer {token}"))).Status);
        Assert.Equal(200, (await servers.GetAsync("/api/usage", ("X-Api-Key", token))).Status);
        Assert.Equal(200, (await servers.GetAsync("/api/usage", ("Authorization", "Basic YTpi"), ("X-Api-Key", token))).Status);
    }

    [Theory]
    [InlineData("user", "403 admin_required")]
    [InlineData("admin, bound to a tenant", "403 admin_required")]
    [InlineData("admin, not full", "403 insufficient_scope")]
    [InlineData("admin, service", "403 wrong_surface")]
    [InlineData("admin, device", "403 wrong_surface")]
    [InlineData("admin, imported", "403 admin_required")]
    [InlineData("admin, expired", "401 token_expired")]
    [InlineData("admin, suspended", "401 invalid_token")]
    [InlineData("revoked", "401 token_revoked")]
    [InlineData("unknown", "401 invalid_token")]
    [InlineData("foreign", "401 invalid_token")]
    public async Task Others_DoNot(string who, string refusal)
    {
        foreach (
            var path in new[] { "/api/usage", "/api/usage/rows", $"/api/usage/rows?decision={UsageParts.Id(1)}", "/api/usage?nonsense=1" }
        )
        {
            foreach (var (name, value) in new[] { ("Authorization", $"Bearer {servers.Tokens[who]}"), ("X-Api-Key", servers.Tokens[who]) })
            {
                var answer = await servers.GetAsync(path, (name, value));

                Assert.Equal((refusal, "no-store"), (answer.Problem(), answer.Caching));
                Assert.Equal(answer.Status == 401 ? "Bearer" : "", answer.Challenge);
                Assert.DoesNotContain(servers.Tokens[who], answer.Text, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public async Task ImportedKeyOfAnAdmin_DoesNotManage() =>
        Assert.Equal(
            "403 admin_required",
            (await servers.GetAsync("/api/admin/users", ("Authorization", $"Bearer {servers.Tokens["admin, imported"]}"))).Problem()
        );

    [Fact]
    public async Task WithoutAKey_OrWithTwo_NothingIsReported()
    {
        var token = servers.Tokens["admin"];

        Assert.Equal(
            ("401 missing_credential", "Bearer"),
            await servers.GetAsync("/api/usage", ("None", "")) is var none ? (none.Problem(), none.Challenge) : default
        );
        Assert.Equal("401 missing_credential", (await servers.GetAsync("/api/usage", ("Authorization", "Basic YTpi"))).Problem());
        Assert.Equal("401 missing_credential", (await servers.GetAsync("/api/usage", ("Authorization", $"Bearer {token} x"))).Problem());
        Assert.Equal("401 missing_credential", (await servers.GetAsync("/api/usage", ("X-Api-Key", " "))).Problem());
        Assert.Equal(
            "400 ambiguous_credentials",
            (await servers.GetAsync("/api/usage", ("Authorization", $"Bearer {token},Bearer {token}"))).Problem()
        );
        Assert.Equal(
            "400 ambiguous_credentials",
            (await servers.GetAsync("/api/usage", ("X-Api-Key", token), ("X-Api-Key", token))).Problem()
        );
        Assert.Equal("401 missing_credential", (await servers.GetAsync($"/api/usage?access_token={token}", ("None", ""))).Problem());
        Assert.Equal(
            "401 invalid_token",
            (await servers.GetAsync("/api/usage", ("Authorization", "Bearer x"), ("X-Api-Key", token))).Problem()
        );
    }

    [Theory]
    [InlineData("/api/usage?by=colour", "by \"colour\" is none of day, model, key, user, tenant, provider.")]
    [InlineData("/api/usage?by=", "by \"\" is none of")]
    [InlineData("/api/usage?by=1", "by \"1\" is none of")]
    [InlineData("/api/usage?by=day&by=model", "The parameter by stands more than once.")]
    [InlineData("/api/usage?from=2026-02-30", "from \"2026-02-30\" is not a day such as 2026-01-31.")]
    [InlineData("/api/usage?to=now", "to \"now\" is not a day")]
    [InlineData("/api/usage?from=2026-02-01&to=2026-01-31", "The first day, 2026-02-01, is after the last, 2026-01-31.")]
    [InlineData("/api/usage?form=csv", "There is no parameter form; known: by, from, to, format.")]
    [InlineData("/api/usage?format=xml", "format \"xml\" is none of json, csv.")]
    [InlineData("/api/usage/rows?last=0", "Ask for 1 to 10000 rows, not for 0.")]
    [InlineData("/api/usage/rows?last=10001", "Ask for 1 to 10000 rows")]
    [InlineData("/api/usage/rows?last=-1", "last \"-1\" is not a whole number.")]
    [InlineData("/api/usage/rows?last=99999999999", "is not a whole number.")]
    [InlineData("/api/usage/rows?last=1&decision=1", "Ask for one decision or for the last ones, not for both.")]
    [InlineData("/api/usage/rows?by=day", "There is no parameter by; known: decision, last, format.")]
    public async Task InvalidInput_IsReported(string path, string detail)
    {
        var answer = await servers.GetAsync(path, ("Accept", "text/csv"));

        Assert.Equal("400 invalid_argument", answer.Problem());
        Assert.Contains(detail, (string)answer.Json["detail"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnknownDecision_IsNotFound() =>
        Assert.All(
            [
                await servers.GetAsync("/api/usage/rows?decision=ffffffffffffffffffffffffffffffff"),
                await servers.GetAsync("/api/usage/rows?decision="),
                await servers.GetAsync("/api/usage/rows?decision=%00%27"),
            ],
            answer => Assert.Equal("404 unknown_decision", answer.Problem())
        );
}
