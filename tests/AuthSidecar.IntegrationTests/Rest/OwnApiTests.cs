using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Reports;
using AuthSidecar.TestSupport;

namespace AuthSidecar.IntegrationTests.Rest;

/// <summary>What people read and change of their own, over HTTP, each answer validated against the OpenAPI document.</summary>
public sealed class OwnApiTests(ReportServers servers) : IClassFixture<ReportServers>
{
    private const string Keys = "/api/me/api-keys";

    private ApiContract? _contract;

    [Fact]
    public async Task Key_IsMadeShownChangedRotatedAndRevoked()
    {
        var made = await SendAsync("POST", Keys, """{"name":"laptop","models":["gpt-5*"],"expiresIn":"1d"}""");
        var id = (string)made.Json["id"]!;
        Assert.Equal((201, $"{Keys}/{id}", "no-store"), (made.Status, made.Headers["Location"], made.Headers["Cache-Control"]));
        Assert.StartsWith("ask_", (string)made.Json["token"]!, StringComparison.Ordinal);
        Assert.Equal("""["apps:run","llm:invoke"]""", Sorted(made.Json["scopes"]!));

        var shown = await SendAsync("GET", $"{Keys}/{id}");
        Assert.False(shown.Json.AsObject().ContainsKey("token"));
        var tag = shown.Headers["ETag"];
        Assert.Equal(200, (await SendAsync("GET", $"{Keys}/{id}", null, ("If-None-Match", tag))).Status);

        Assert.Equal(
            "412 precondition_failed",
            (await SendAsync("PATCH", $"{Keys}/{id}", """{"name":"x"}""", ("If-Match", "\"x\""))).Word()
        );
        var changed = await SendAsync("PATCH", $"{Keys}/{id}", """{"name":"desk","models":["gpt-5-mini"]}""", ("If-Match", tag));
        Assert.Equal((200, "desk"), (changed.Status, (string)changed.Json["name"]!));
        Assert.NotEqual(tag, changed.Headers["ETag"]);
        Assert.Equal("412 precondition_failed", (await SendAsync("PATCH", $"{Keys}/{id}", """{"name":"y"}""", ("If-Match", tag))).Word());
        Assert.Equal("403 key_not_narrower", (await SendAsync("PATCH", $"{Keys}/{id}", """{"models":["*"]}""")).Word());

        var rotated = await SendAsync("POST", $"{Keys}/{id}/rotate", """{"grace":"1h"}""");
        Assert.Equal((201, "desk"), (rotated.Status, (string)rotated.Json["name"]!));
        Assert.NotEqual(id, (string)rotated.Json["id"]!);

        var first = await SendAsync("DELETE", $"{Keys}/{id}");
        var second = await SendAsync("DELETE", $"{Keys}/{id}");
        Assert.Equal((200, "revoked"), (first.Status, (string)first.Json["status"]!));
        Assert.Equal((string)first.Json["revokedAt"]!, (string)second.Json["revokedAt"]!);
        Assert.Equal("409 revoked_key", (await SendAsync("POST", $"{Keys}/{id}/rotate", "{}")).Word());

        var list = await SendAsync("GET", $"{Keys}?q=desk&limit=1");
        Assert.Equal((2, true), ((int)list.Json["total"]!, (bool)list.Json["hasMore"]!));
        var rest = await SendAsync("GET", $"{Keys}?q=desk&limit=1&cursor={list.Json["next"]}");
        Assert.Equal([(string)rotated.Json["id"]!, id], [(string)list.Json["items"]![0]!["id"]!, (string)rest.Json["items"]![0]!["id"]!]);
        Assert.Null(rest.Json["next"]);
        Assert.Equal(1, (int)(await SendAsync("GET", $"{Keys}?q=desk&status=revoked")).Json["total"]!);
    }

    [Fact]
    public async Task RepetitionOfACreation_GetsNoSecret_AndMakesNoSecondKey()
    {
        const string body = """{"name":"once"}""";
        var first = await SendAsync("POST", Keys, body, ("Idempotency-Key", "k-1"));
        var second = await SendAsync("POST", Keys, body, ("Idempotency-Key", "k-1"));
        Assert.Equal((201, "true"), (second.Status, second.Headers["Idempotency-Replayed"]));
        Assert.Null(second.Json["token"]);
        Assert.Equal((string)first.Json["id"]!, (string)second.Json["id"]!);
        Assert.Equal("422 idempotency_mismatch", (await SendAsync("POST", Keys, """{"name":"o"}""", ("Idempotency-Key", "k-1"))).Word());
        Assert.Equal(1, (int)(await SendAsync("GET", $"{Keys}?q=once")).Json["total"]!);
    }

    [Theory]
    [InlineData("""{"name":""}""", "400 invalid_argument")]
    [InlineData("""{"name":"a\u202eb"}""", "400 invalid_argument")]
    [InlineData("""{"name":"a\u0007"}""", "400 invalid_argument")]
    [InlineData("{}", "400 invalid_argument")]
    [InlineData("""{"name":"a","scopes":["full"]}""", "403 scope_not_allowed")]
    [InlineData("""{"name":"a","scopes":["manage"]}""", "403 scope_not_allowed")]
    [InlineData("""{"name":"a","expiresIn":"366d"}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","expiresIn":"soon"}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","tenant":"acme"}""", "403 tenant_not_allowed")]
    [InlineData("""{"name":"a","permits":1000,"window":"60s"}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","permits":1}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","tokens":1}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","parallel":0}""", "400 invalid_argument")]
    [InlineData("""{"name":"a","other":1}""", "400 invalid_argument")]
    public async Task WrongKeys_AreRefused(string body, string expected) =>
        Assert.Equal(expected, (await SendAsync("POST", Keys, body)).Word());

    [Theory]
    [InlineData("admin", "POST", Keys, "403 insufficient_scope")]
    [InlineData("user", "POST", Keys, "403 admin_required")]
    [InlineData("user", "GET", "/api/me/sessions", "403 session_required")]
    [InlineData("user", "DELETE", "/api/me/sessions", "403 session_required")]
    [InlineData("admin, service", "GET", Keys, "403 wrong_surface")]
    [InlineData("master", "GET", Keys, "403 wrong_surface")]
    [InlineData("unknown", "GET", "/api/key", "401 invalid_token")]
    [InlineData("revoked", "GET", "/api/key", "401 token_revoked")]
    public async Task OthersMayNot(string token, string method, string path, string expected) =>
        Assert.Equal(
            expected,
            (await SendAsync(method, path, method == "POST" ? """{"name":"a"}""" : null, ("X-Api-Key", servers.Tokens[token]))).Word()
        );

    [Fact]
    public async Task ForeignKeyAndUnknownKey_AnswerAlike()
    {
        var foreign = servers.Tokens["user"].Split('_')[1];
        foreach (var id in new[] { AuthSidecar.Platform.Hashing.KeyToken.IdOf(servers.Tokens["user"]), "unknown", foreign[..4] })
        {
            foreach (var (method, path) in new[] { ("GET", ""), ("DELETE", ""), ("PATCH", ""), ("POST", "/rotate") })
            {
                var answer = await SendAsync(method, $"{Keys}/{id}{path}", method is "PATCH" or "POST" ? "{}" : null);
                Assert.Equal(("404 unknown_key", $"There is no key {id}."), (answer.Word(), (string)answer.Json["detail"]!));
            }
        }
    }

    [Fact]
    public async Task Usage_IsTheOwnOne_AndCsvIsTheSame()
    {
        var days = await SendAsync("GET", "/api/me/usage/by-day?days=7");
        var items = days.Json["items"]!.AsArray();
        Assert.Equal((7, 7), ((int)days.Json["days"]!, items.Count));
        Assert.Equal(items.Select(item => (string)item!["day"]!).Order(), items.Select(item => (string)item!["day"]!));
        Assert.Equal(DateTimeOffset.UtcNow.ToString("yyyy-MM-dd"), (string)items[^1]!["day"]!);
        var csv = await SendAsync("GET", "/api/me/usage/by-day?days=7&format=csv");
        Assert.Equal("day,requestCount,promptTokens,completionTokens,totalTokens,cost", csv.Text.TrimStart('\ufeff').Split("\r\n")[0]);
        Assert.Equal(9, csv.Text.Split("\r\n").Length);
        foreach (var path in new[] { "summary", "by-model", "by-key" })
        {
            Assert.Equal(200, (await SendAsync("GET", $"/api/me/usage/{path}")).Status);
        }

        foreach (var wrong in new[] { "0", "366", "-1", "1.5", "x", "" })
        {
            Assert.Equal("400 invalid_argument", (await SendAsync("GET", $"/api/me/usage/by-day?days={wrong}")).Word());
        }

        Assert.Equal("400 invalid_argument", (await SendAsync("GET", "/api/me/usage/summary?days=1")).Word());
    }

    [Fact]
    public async Task Requests_AreOwnOnes()
    {
        Assert.Equal(200, (await SendAsync("GET", "/api/me/requests?decision=refused&days=365")).Status);
        var foreign = UsageParts.Id(1);
        var (one, other) = (await SendAsync("GET", $"/api/me/requests/{foreign}"), await SendAsync("GET", "/api/me/requests/unknown"));
        Assert.Equal(("404 unknown_decision", "404 unknown_decision"), (one.Word(), other.Word()));
        Assert.Equal(((string)one.Json["detail"]!).Replace(foreign, "unknown", StringComparison.Ordinal), (string)other.Json["detail"]!);
    }

    [Theory]
    [InlineData("admin", "key", "ada", "full")]
    [InlineData("admin, not full", "key", "ada", "llm:invoke")]
    [InlineData("admin, service", "key", "ada", "full")]
    [InlineData("master", "master", "master", "full")]
    public async Task Facts_AreThoseOfThePresentedKey(string token, string kind, string owner, string scope)
    {
        var facts = (await SendAsync("GET", "/api/key", null, ("X-Api-Key", servers.Tokens[token]))).Json;
        Assert.Equal((kind, owner, scope), ((string)facts["kind"]!, (string)facts["owner"]!, (string)facts["scopes"]![0]!));
        Assert.Equal(
            (60, "60s", false),
            ((int)facts["limit"]!["permits"]!, (string)facts["limit"]!["window"]!, (bool)facts["limit"]!["own"]!)
        );
        Assert.Equal(
            (0, "60s", false),
            ((long)facts["tokenLimit"]!["tokens"]!, (string)facts["tokenLimit"]!["window"]!, (bool)facts["tokenLimit"]!["own"]!)
        );
        Assert.Equal((0, false), ((int)facts["parallelLimit"]!["parallel"]!, (bool)facts["parallelLimit"]!["own"]!));
    }

    [Fact]
    public async Task Account_IsShown()
    {
        var me = await SendAsync("GET", "/api/me");
        Assert.Equal(("ada", "admin", "active"), ((string)me.Json["name"]!, (string)me.Json["role"]!, (string)me.Json["status"]!));
        Assert.Equal("403 session_required", (await SendAsync("PATCH", "/api/me", """{"displayName":"Ada"}""")).Word());
    }

    private async Task<RestAnswered> SendAsync(
        string method,
        string path,
        string? body = null,
        params (string Name, string Value)[] headers
    )
    {
        _contract ??= new((await servers.GetAsync("/api/openapi.json")).Text);
        var answer = await servers.SendAsync(method, path, body, headers);
        _contract.Check(method, path.Split('?')[0], answer.Status, answer.Type, answer.Text);
        return answer;
    }

    private static string Sorted(JsonNode words) =>
        new JsonArray([.. words.AsArray().Select(word => (string)word!).Order().Select(word => JsonValue.Create(word))]).ToJsonString();
}
