using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport;
using AuthSidecar.TestSupport.Servers;
using AuthSidecar.Usage.Pipeline;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Tests.Administration.Rest;

/// <summary>Each route of <c>/api/admin</c>, over a real listener.</summary>
public sealed class AdminApiTests(AdminHost host) : IClassFixture<AdminHost>
{
    private const string Own = "/api/me/api-keys";

    private static readonly string[] _reads =
    [
        "users",
        "users/bob",
        "users/bob/api-keys",
        "users/bob/usage/summary",
        "users/bob/usage/by-day",
        "users/bob/usage/by-model?days=7",
        "users/bob/usage/by-key",
        "sessions",
        "keys",
        "keys?status=active&q=key&limit=1",
        "groups",
        "tenants",
        "apps",
        "members",
        "budgets",
        "prices",
        "prices?all=true",
        "usage",
        "usage?by=model&user=x&key=y&tenant=&provider=p&model=m",
        "overview",
        "audit",
    ];

    [Fact]
    public async Task Admins_ReadEverything_AndOthersNothing()
    {
        foreach (var path in _reads)
        {
            foreach (var caller in new[] { "ada", "ada, old", "key:ada", "master" })
            {
                var answer = await host.SendAsync(caller, "GET", $"/api/admin/{path}");
                Assert.True(answer.Status == 200, $"{caller} {path}: {answer.Text}");
                Assert.Contains("no-store", answer.Headers["Cache-Control"], StringComparison.Ordinal);
            }

            foreach (
                var (caller, refusal) in new[]
                {
                    ("nobody", "401 missing_credential"),
                    ("bob", "403 admin_required"),
                    ("key:bob", "403 admin_required"),
                    ("plain:ada", "403 insufficient_scope"),
                }
            )
            {
                Assert.Equal(refusal, (await host.SendAsync(caller, "GET", $"/api/admin/{path}")).Problem());
            }
        }
    }

    [Theory]
    [InlineData("POST", "users/bob/reset-password", null)]
    [InlineData("POST", "usage/prune", "{}")]
    [InlineData("PATCH", "users/bob", """{"role":"user"}""")]
    [InlineData("POST", "users", """{"name":"mallory","role":"admin"}""")]
    [InlineData("POST", "users/bob/api-keys", """{"name":"a key","scopes":["manage"]}""")]
    public async Task DangerousChanges_NeedAFreshSession(string method, string path, string? body)
    {
        Assert.Equal("403 reauthentication_required", (await host.SendAsync("ada, old", method, $"/api/admin/{path}", body)).Problem());
        Assert.Equal("403 session_required", (await host.SendAsync("key:ada", method, $"/api/admin/{path}", body)).Problem());
        Assert.Equal("403 session_required", (await host.SendAsync("master", method, $"/api/admin/{path}", body)).Problem());
        Assert.Equal("403 admin_required", (await host.SendAsync("bob", method, $"/api/admin/{path}", body)).Problem());
        Assert.Equal("ada bob eve", await NamesAsync());
    }

    [Fact]
    public async Task Users_AreCreated_Changed_Suspended_AndActivated()
    {
        var made = await host.SendAsync("key:ada", "POST", "/api/admin/users", """{"name":"carl","email":"c@example.com"}""");
        Assert.Equal(201, made.Status);
        var id = (string)made.Json["user"]!["id"]!;
        Assert.Equal($"/api/admin/users/{id}", made.Headers["Location"]);
        Assert.NotEmpty((string)made.Json["password"]!);
        Assert.Equal("409 user_exists", (await host.SendAsync("ada", "POST", "/api/admin/users", """{"name":"CARL"}""")).Problem());
        Assert.Equal(400, (await host.SendAsync("ada", "POST", "/api/admin/users", """{"name":""}""")).Status);
        Assert.Equal(
            "400 invalid_argument extra",
            (await host.SendAsync("ada", "POST", "/api/admin/users", """{"name":"x","extra":1}""")).Problem()
        );

        var shown = await host.SendAsync("ada", "GET", $"/api/admin/users/{id}");
        var tag = shown.Headers["ETag"];
        var changed = await host.SendAsync(
            "key:ada",
            "PATCH",
            $"/api/admin/users/{id}",
            """{"displayName":"Carl","email":null}""",
            ("If-Match", tag)
        );
        Assert.Equal((200, "Carl", null), (changed.Status, (string?)changed.Json["displayName"], (string?)changed.Json["email"]));
        Assert.NotEqual(tag, changed.Headers["ETag"]);
        Assert.Equal(
            "412 precondition_failed",
            (await host.SendAsync("ada", "PATCH", $"/api/admin/users/{id}", """{"email":"d@example.com"}""", ("If-Match", tag))).Problem()
        );

        await host.LogInAsync("carl");
        Assert.Equal("403 password_change_required", (await host.SendAsync("carl", "GET", "/api/admin/users")).Problem());
        Assert.Equal("suspended", (string?)(await host.SendAsync("ada", "POST", $"/api/admin/users/{id}/disable")).Json["status"]);
        Assert.Equal(401, (await host.SendAsync("carl", "GET", "/api/admin/users")).Status);
        Assert.Equal("active", (string?)(await host.SendAsync("ada", "POST", $"/api/admin/users/{id}/enable")).Json["status"]);
        Assert.Equal(
            "400 cannot_disable_self",
            (await host.SendAsync("ada", "POST", $"/api/admin/users/{host.Users["ada"]}/disable")).Problem()
        );
        Assert.Equal(
            "400 cannot_disable_self",
            (await host.SendAsync("key:ada", "PATCH", "/api/admin/users/ada", """{"status":"suspended"}""")).Problem()
        );
        Assert.Equal("404 unknown_user", (await host.SendAsync("ada", "POST", "/api/admin/users/none/disable")).Problem());

        await host.LogInAsync("carl");
        var reset = await host.SendAsync("ada", "POST", $"/api/admin/users/{id}/reset-password");
        Assert.Equal((200, "carl"), (reset.Status, (string?)reset.Json["name"]));
        Assert.Contains("no-store", reset.Headers["Cache-Control"], StringComparison.Ordinal);
        Assert.NotEqual((string)made.Json["password"]!, (string)reset.Json["password"]!);
        Assert.Equal(401, (await host.SendAsync("carl", "GET", "/api/admin/users")).Status);
        await host.LogInAsync("carl");
        Assert.Equal(1, (int)(await host.SendAsync("ada", "DELETE", $"/api/admin/users/{id}/sessions")).Json["ended"]!);
        Assert.Equal(0, (int)(await host.SendAsync("ada", "DELETE", $"/api/admin/users/{id}/sessions")).Json["ended"]!);
        await host.SendAsync("ada", "PATCH", $"/api/admin/users/{id}", """{"status":"deleted"}""");

        // The trail names the actor, and holds no secret.
        var audit = await host.SendAsync("ada", "GET", $"/api/admin/audit?target={id}");
        Assert.Contains("\"user.created\"", audit.Text, StringComparison.Ordinal);
        Assert.Contains("\"actorName\":\"ada\"", audit.Text, StringComparison.Ordinal);
        Assert.DoesNotContain((string)reset.Json["password"]!, audit.Text, StringComparison.Ordinal);
        Assert.StartsWith("sequence,at,actorKind", (await host.SendAsync("ada", "GET", "/api/admin/audit?format=csv")).Text);
    }

    [Fact]
    public async Task Keys_AreMade_Changed_Rotated_AndRevoked()
    {
        const string Body =
            """{"name":"for bob","scopes":["llm:invoke"],"models":["gpt-*"],"expiresIn":"30d","permits":5,"window":"60s","tokens":9,"tokenWindow":"90s","parallel":2}""";
        var made = await host.SendAsync("key:ada", "POST", "/api/admin/users/bob/api-keys", Body, ("Idempotency-Key", "one"));
        var again = await host.SendAsync("key:ada", "POST", "/api/admin/users/bob/api-keys", Body, ("Idempotency-Key", "one"));
        Assert.Equal((201, 201), (made.Status, again.Status));
        var id = (string)made.Json["id"]!;
        Assert.Equal(id, KeyToken.IdOf((string)made.Json["token"]!));
        Assert.Equal((id, null), ((string?)again.Json["id"], (string?)again.Json["token"]));
        Assert.Equal("true", again.Headers["Idempotency-Replayed"]);
        Assert.Equal("404 unknown_user", (await host.SendAsync("ada", "POST", "/api/admin/users/none/api-keys", Body)).Problem());

        var shown = await host.SendAsync("ada", "GET", $"/api/admin/keys/{id}");
        Assert.Equal(("bob", "60s", "active"), (Text(shown, "user"), Text(shown, "window"), Text(shown, "status")));
        Assert.Equal((9, "90s", 2), ((long?)shown.Json["tokens"], Text(shown, "tokenWindow"), (int?)shown.Json["parallel"]));
        Assert.DoesNotContain("hash", shown.Text, StringComparison.OrdinalIgnoreCase);
        var changed = await host.SendAsync(
            "key:ada",
            "PATCH",
            $"/api/admin/keys/{id}",
            """{"name":"new","expiresAt":null,"permits":null,"window":null,"tokens":null,"tokenWindow":null,"parallel":0}""",
            ("If-Match", shown.Headers["ETag"])
        );
        Assert.Equal(
            (200, "new", null, null),
            (changed.Status, Text(changed, "name"), Text(changed, "expiresAt"), Text(changed, "window"))
        );
        Assert.Equal("llm:invoke", (string?)changed.Json["scopes"]![0]);
        Assert.Equal((null, 0), ((long?)changed.Json["tokens"], (int?)changed.Json["parallel"]));
        Assert.Equal(
            "412 precondition_failed",
            (
                await host.SendAsync("ada", "PATCH", $"/api/admin/keys/{id}", """{"name":"x"}""", ("If-Match", shown.Headers["ETag"]))
            ).Problem()
        );
        Assert.Equal(
            "403 session_required",
            (await host.SendAsync("key:ada", "PATCH", $"/api/admin/keys/{id}", """{"scopes":["manage"]}""")).Problem()
        );
        Assert.Equal(
            "400 invalid_argument window",
            (await host.SendAsync("ada", "PATCH", $"/api/admin/keys/{id}", """{"permits":1}""")).Problem()
        );
        Assert.Equal(
            "400 invalid_argument tokenWindow",
            (await host.SendAsync("ada", "PATCH", $"/api/admin/keys/{id}", """{"tokens":1}""")).Problem()
        );
        Assert.Equal("404 unknown_key", (await host.SendAsync("ada", "PATCH", "/api/admin/keys/none", "{}")).Problem());

        var next = await host.SendAsync("key:ada", "POST", $"/api/admin/keys/{id}/rotate", """{"grace":"1d"}""");
        Assert.Equal(201, next.Status);
        Assert.NotEmpty((string)next.Json["token"]!);
        Assert.Equal("revoked", Text(await host.SendAsync("key:ada", "DELETE", $"/api/admin/keys/{id}"), "status"));
        Assert.Equal(200, (await host.SendAsync("ada", "DELETE", $"/api/admin/keys/{id}")).Status);
        Assert.Equal("409 revoked_key", (await host.SendAsync("ada", "PATCH", $"/api/admin/keys/{id}", """{"name":"x"}""")).Problem());
        Assert.Equal("409 revoked_key", (await host.SendAsync("ada", "POST", $"/api/admin/keys/{id}/rotate")).Problem());
    }

    /// <summary>A stolen key that manages would else have no end.</summary>
    [Theory]
    [InlineData("""{"expiresAt":null}""")]
    [InlineData("""{"models":[]}""")]
    public async Task KeyThatManages_IsChangedByAFreshSessionOnly(string change)
    {
        var id = KeyToken.IdOf(await host.AddKeyAsync("ada", "manage"));

        Assert.Equal("403 session_required", (await host.SendAsync("key:ada", "PATCH", $"/api/admin/keys/{id}", change)).Problem());
        Assert.Equal("403 session_required", (await host.SendAsync("master", "PATCH", $"/api/admin/keys/{id}", change)).Problem());
        Assert.Equal(
            "403 reauthentication_required",
            (await host.SendAsync("ada, old", "PATCH", $"/api/admin/keys/{id}", change)).Problem()
        );
        Assert.Equal(200, (await host.SendAsync("ada", "PATCH", $"/api/admin/keys/{id}", change)).Status);
    }

    [Fact]
    public async Task ManyKeys_AreRevoked_WithTheirNumber()
    {
        await host.AddKeyAsync("eve", "tag:one");
        await host.AddKeyAsync("eve", "tag:two");
        var path = "/api/admin/keys/revoke?user=eve&q=a%20key";

        Assert.Equal("409 count_changed", (await host.SendAsync("key:ada", "POST", path, """{"count":1}""")).Problem());
        Assert.Equal(4, (int)(await host.SendAsync("key:ada", "POST", path, """{"count":4}""")).Json["revoked"]!);
        Assert.Equal(400, (await host.SendAsync("key:ada", "POST", path, "{}")).Status);
        Assert.Equal(401, (await host.SendAsync("key:eve", "GET", "/api/admin/keys")).Status);
    }

    [Fact]
    public async Task Groups_Tenants_Apps_AndMembers()
    {
        await ExpectAsync(201, "POST", "groups", """{"id":"team"}""");
        await ExpectAsync(409, "POST", "groups", """{"id":"team"}""");
        await ExpectAsync(400, "POST", "groups", """{"id":"no blanks"}""");
        await ExpectAsync(201, "POST", "groups/team/members", """{"user":"bob"}""");
        await ExpectAsync(404, "POST", "groups/none/members", """{"user":"bob"}""");
        Assert.Contains("\"bob\"", (await ExpectAsync(200, "GET", "groups/team/members")).Text, StringComparison.Ordinal);
        await ExpectAsync(409, "DELETE", "groups/team");
        await ExpectAsync(200, "DELETE", "groups/team/members/bob");
        await ExpectAsync(404, "DELETE", "groups/team/members/bob");
        await ExpectAsync(200, "DELETE", "groups/team");
        await ExpectAsync(404, "GET", "groups/team/members");

        await ExpectAsync(201, "POST", "tenants", """{"id":"acme"}""");
        var app = await ExpectAsync(201, "POST", "apps", """{"id":"bot","tenant":"acme"}""");
        await ExpectAsync(404, "POST", "apps", """{"id":"bot2","tenant":"none"}""");
        await ExpectAsync(200, "POST", "members", """{"tenant":"acme","user":"bob","role":"owner"}""");
        Assert.Contains("\"owner\"", (await ExpectAsync(200, "GET", "members?tenant=acme")).Text, StringComparison.Ordinal);
        await ExpectAsync(409, "DELETE", "tenants/acme");
        await ExpectAsync(409, "DELETE", "apps/bot");
        var tag = ("If-Match", app.Headers["ETag"]);
        Assert.Equal(200, (await host.SendAsync("ada", "PATCH", "/api/admin/apps/bot", """{"status":"disabled"}""", tag)).Status);
        Assert.Equal(412, (await host.SendAsync("ada", "PATCH", "/api/admin/apps/bot", """{"status":"normal"}""", tag)).Status);
        await ExpectAsync(200, "DELETE", "apps/bot");
        await ExpectAsync(200, "DELETE", "members/acme/bob");
        await ExpectAsync(404, "DELETE", "members/acme/bob");
        await ExpectAsync(200, "DELETE", "tenants/acme");
    }

    /// <summary>Words are exact: of a list of words the serializer makes another value.</summary>
    [Theory]
    [InlineData("PATCH", "users/bob", """{"status":"suspended, dormant"}""", "status must be one of active, suspended")]
    [InlineData("PATCH", "users/bob", """{"status":"Suspended"}""", "status must be one of active, suspended")]
    [InlineData("PATCH", "users/bob", """{"role":1}""", "role must be one of user, admin")]
    [InlineData("PATCH", "apps/none", """{"status":"DISABLED"}""", "status must be one of normal, disabled")]
    [InlineData("POST", "users", """{"name":"zed","role":"user,admin"}""", "role must be one of user, admin")]
    [InlineData("POST", "users", """{"name":"zed","email":"a\u202eb@example.com"}""", "An e-mail address must be printable.")]
    [InlineData("POST", "users/bob/api-keys", """{"name":"k","scopes":[null]}""", "A scope cannot be null.")]
    [InlineData("POST", "users/bob/api-keys", """{"name":"k","models":["a",null]}""", "A model cannot be null.")]
    [InlineData("POST", "users/bob/api-keys", """{"name":"k","expiresIn":"-1d"}""", "The expiry must be in the future.")]
    [InlineData("POST", "users/bob/api-keys", """{"name":"k","expiresIn":"0s"}""", "The expiry must be in the future.")]
    [InlineData("POST", "users/bob/api-keys", """{"name":"k","expiresAt":"2020-01-01T00:00:00Z"}""", "The expiry must be in the future.")]
    public async Task WrongValues_AreRefused(string method, string path, string body, string detail)
    {
        var reply = await ExpectAsync(400, method, path, body);
        Assert.StartsWith(detail, (string?)reply.Json["detail"], StringComparison.Ordinal);
        Assert.Equal("active", (string?)(await ExpectAsync(200, "GET", "users/bob")).Json["status"]);
    }

    [Theory]
    [InlineData("""{"scopes":[null]}""")]
    [InlineData("""{"models":[null]}""")]
    public async Task NullInAList_Is400_OnKeys(string change)
    {
        var user = $"nell-{change[2]}";
        await host.AddUserAsync(user);
        Assert.Equal(
            "400 invalid_argument",
            (await host.SendAsync(user, "POST", Own, change.Insert(1, "\"name\":\"k\","))).Problem()[..20]
        );
        var id = (string?)(await host.SendAsync(user, "POST", Own, """{"name":"k","models":["gpt-*"]}""")).Json["id"];
        Assert.Equal("400 invalid_argument", (await host.SendAsync(user, "PATCH", $"{Own}/{id}", change)).Problem()[..20]);
        Assert.Equal("400 invalid_argument", (await host.SendAsync("ada", "PATCH", $"/api/admin/keys/{id}", change)).Problem()[..20]);
    }

    /// <summary>A mere use of the key between GET and PATCH is no conflict.</summary>
    [Fact]
    public async Task OwnKeysTag_IgnoresItsUse()
    {
        await host.AddUserAsync("tess");
        var id = (string?)(await host.SendAsync("tess", "POST", Own, """{"name":"k"}""")).Json["id"];
        var tag = (await host.SendAsync("tess", "GET", $"{Own}/{id}")).Headers["ETag"];
        await using (var context = host.Store.Open())
        {
            var key = await context.ApiKeys.SingleAsync(key => key.Id == id);
            (key.LastUsedAt, key.LastUsedAddress) = (DateTimeOffset.UtcNow, "192.0.2.1");
            await context.SaveChangesAsync();
        }

        var used = await host.SendAsync("tess", "GET", $"{Own}/{id}", null, ("If-None-Match", tag));
        Assert.Equal((200, "192.0.2.1", tag), (used.Status, Text(used, "lastUsedAddress"), used.Headers["ETag"]));
        Assert.Equal(200, (await host.SendAsync("tess", "PATCH", $"{Own}/{id}", """{"name":"new"}""", ("If-Match", tag))).Status);
        Assert.Equal(412, (await host.SendAsync("tess", "PATCH", $"{Own}/{id}", """{"name":"k"}""", ("If-Match", tag))).Status);
        Assert.Equal(412, (await host.SendAsync("tess", "DELETE", $"{Own}/{id}", null, ("If-Match", tag))).Status);
    }

    [Fact]
    public async Task BudgetsSubject_IsDecodedOnce()
    {
        const string Encoded = "budgets/user/https:%2F%2Fissuer.example.com|a%252Fb";
        var set = await ExpectAsync(200, "PUT", Encoded, """{"limitMicroUsd":1}""");
        Assert.Equal("https://issuer.example.com|a%2Fb", Text(set, "subject"));
        await ExpectAsync(404, "DELETE", "budgets/user/https:%2F%2Fissuer.example.com|a%2Fb");
        await ExpectAsync(404, "DELETE", "budgets/user/https://issuer.example.com|a/b");
        await ExpectAsync(200, "DELETE", Encoded);
    }

    [Fact]
    public async Task Budgets_TellNothingFromUnlimited()
    {
        await ExpectAsync(201, "POST", "groups", """{"id":"spenders"}""");
        await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":0}""");
        await ExpectAsync(200, "PUT", "budgets/group/spenders", """{"limitMicroUsd":5}""");
        await ExpectAsync(200, "PUT", "budgets/shared/spenders", """{"limitMicroUsd":7}""");
        await ExpectAsync(200, "PUT", "budgets/user/https:%2F%2Fissuer.example.com|sub", """{"limitMicroUsd":9}""");
        await ExpectAsync(400, "PUT", "budgets/user/bob", "{}");
        await ExpectAsync(400, "PUT", "budgets/user/bob", """{"limitMicroUsd":-1}""");
        await ExpectAsync(400, "PUT", "budgets/planet/bob", """{"limitMicroUsd":1}""");
        await ExpectAsync(404, "PUT", "budgets/user/none", """{"limitMicroUsd":1}""");

        var items = (await ExpectAsync(200, "GET", "budgets")).Json["items"]!.AsArray();
        Assert.Equal(
            ["user 0 ", "user 9 ", "group 5 true", "shared 7 false"],
            items.Select(item => $"{item!["scope"]} {item["limitMicroUsd"]} {item["perMember"]}")
        );
        Assert.Null((await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":null}""")).Json["limitMicroUsd"]);
        await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":null}""");
        await ExpectAsync(404, "DELETE", "budgets/user/bob");
        foreach (var subject in new[] { "user/https://issuer.example.com|sub", "group/spenders", "shared/spenders" })
        {
            await ExpectAsync(200, "DELETE", $"budgets/{subject}");
        }

        Assert.Equal(0, (int)(await ExpectAsync(200, "GET", "budgets")).Json["total"]!);
    }

    [Fact]
    public async Task Budgets_OfEachPeriod_AreSetShownAndRemovedByThemselves()
    {
        await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":300}""");
        var day = await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":20,"period":"day"}""");
        Assert.Equal("day", Text(day, "period"));
        Assert.Equal("month", Text(await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":300,"period":null}"""), "period"));
        await ExpectAsync(400, "PUT", "budgets/user/bob", """{"limitMicroUsd":20,"period":"year"}""");
        await ExpectAsync(400, "PUT", "budgets/user/bob?period=day", """{"limitMicroUsd":20}""");
        await ExpectAsync(400, "GET", "budgets/user/bob?period=year");

        Assert.Equal(300, (long)(await ExpectAsync(200, "GET", "budgets/user/bob")).Json["limitMicroUsd"]!);
        Assert.Equal(20, (long)(await ExpectAsync(200, "GET", "budgets/user/bob?period=day")).Json["limitMicroUsd"]!);
        await ExpectAsync(404, "GET", "budgets/user/bob?period=week");
        var items = (await ExpectAsync(200, "GET", "budgets")).Json["items"]!.AsArray();
        Assert.Equal(
            ["month 300 0", "day 20 0"],
            items.Select(item => $"{item!["period"]} {item["limitMicroUsd"]} {item["spentMicroUsd"]}")
        );

        var warned = await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":20,"period":"day","warnMicroUsd":15}""");
        Assert.Equal(15, (long)warned.Json["warnMicroUsd"]!);
        Assert.Equal(15, (long)(await ExpectAsync(200, "GET", "budgets")).Json["items"]![1]!["warnMicroUsd"]!);
        await ExpectAsync(400, "PUT", "budgets/user/bob", """{"limitMicroUsd":20,"period":"day","warnMicroUsd":21}""");
        await ExpectAsync(400, "PUT", "budgets/user/bob", """{"limitMicroUsd":20,"period":"day","warnMicroUsd":0}""");
        await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":20,"period":"day"}""");
        Assert.Null((await ExpectAsync(200, "GET", "budgets/user/bob?period=day")).Json["warnMicroUsd"]);

        // Unlimited by day leaves the month's.
        await ExpectAsync(200, "PUT", "budgets/user/bob", """{"limitMicroUsd":null,"period":"day"}""");
        await ExpectAsync(404, "DELETE", "budgets/user/bob?period=day");
        await ExpectAsync(200, "DELETE", "budgets/user/bob?period=month");
        Assert.Equal(0, (int)(await ExpectAsync(200, "GET", "budgets")).Json["total"]!);
    }

    [Fact]
    public async Task Prices_AreSet_Imported_AndListed()
    {
        await ExpectAsync(200, "POST", "prices", "{\"provider\":\"openai\",\n\"model\":\"gpt-5\",\"from\":\"2026-01-01\",\"input\":5}");
        await ExpectAsync(400, "POST", "prices", """{"provider":"openai"}""");
        await ExpectAsync(409, "POST", "prices", """{"provider":"openai","model":"x","from":"soon","input":5}""");
        const string Lines = """
            {"provider":"openai","model":"gpt-5","from":"2026-02-01","input":6}
            {"provider":"anthropic","model":"claude","from":"2026-02-01","input":6}
            """;
        Assert.Equal(2, (int)(await ExpectAsync(200, "POST", "prices/import", Lines)).Json["imported"]!);
        await ExpectAsync(409, "POST", "prices/import", "{}");
        await ExpectAsync(409, "POST", "prices/import", """{"provider":"a\ud800","model":"x","from":"2026-01-01","input":5}""");
        await ExpectAsync(409, "POST", "prices/import", """{"provider":"a","model":"x\u202e","from":"2026-01-01","input":5}""");

        Assert.Equal(2, (int)(await ExpectAsync(200, "GET", "prices")).Json["total"]!);
        Assert.Equal(3, (int)(await ExpectAsync(200, "GET", "prices?all=true")).Json["total"]!);
        Assert.Equal(1, (int)(await ExpectAsync(200, "GET", "prices?provider=anthropic")).Json["total"]!);
        await ExpectAsync(400, "GET", "prices?all=yes");
    }

    [Fact]
    public async Task Usage_IsSummed_Explained_AndPruned()
    {
        var row = UsageParts.Decided(UsageParts.Id(7));
        (row.Decision, row.Reason, row.UserId) = ("deny", "rate_limited", host.Users["bob"]);
        row.Time = DateTimeOffset.UtcNow.AddDays(-2);
        await new UsageRepository(host.Store, UsageHarness.CostOf).WriteAsync([row], CancellationToken.None);

        var byUser = await ExpectAsync(200, "GET", $"usage?by=user&user={host.Users["bob"]}&from=2026-01-01");
        Assert.Equal((host.Users["bob"], 1), ((string?)byUser.Json["items"]![0]!["group"], (int)byUser.Json["items"]![0]!["requests"]!));
        Assert.Equal("""{"items":[]}""", (await ExpectAsync(200, "GET", "usage?user=none")).Text);
        Assert.StartsWith("group,requests,", (await ExpectAsync(200, "GET", "usage?format=csv")).Text, StringComparison.Ordinal);
        var summary = await ExpectAsync(200, "GET", "users/bob/usage/summary");
        Assert.Equal((1, null), ((int)summary.Json["requestCount"]!, (decimal?)summary.Json["cost"]));
        var days = (await ExpectAsync(200, "GET", "users/bob/usage/by-day?days=7")).Json["items"]!.AsArray();
        Assert.Equal(1, days.Sum(day => (int)day!["requestCount"]!));
        await ExpectAsync(400, "GET", "users/bob/usage/by-day?days=0");
        await ExpectAsync(400, "GET", "users/bob/usage/by-day?days=366");
        await ExpectAsync(404, "GET", "users/none/usage/by-day");
        Assert.Equal("rate_limited", (string?)(await ExpectAsync(200, "GET", $"requests/{UsageParts.Id(7)}")).Json["row"]!["reason"]);
        await ExpectAsync(404, "GET", "requests/ffffffffffffffffffffffffffffffff");
        Assert.Contains("master_key", (await ExpectAsync(200, "GET", "overview?days=7")).Text, StringComparison.Ordinal);
        await ExpectAsync(400, "GET", "overview?days=0");

        await ExpectAsync(400, "POST", "usage/prune", """{"olderThanDays":0}""");
        Assert.Equal(60, (int)(await ExpectAsync(200, "POST", "usage/prune")).Json["retentionDays"]!);
        Assert.True((int)(await ExpectAsync(200, "POST", "usage/prune", """{"olderThanDays":1}""")).Json["deleted"]! >= 1);
        await ExpectAsync(404, "GET", $"requests/{UsageParts.Id(7)}");
    }

    private static string? Text(RestReply reply, string member) => (string?)reply.Json[member];

    private async Task<RestReply> ExpectAsync(int status, string method, string path, string? body = null)
    {
        var reply = await host.SendAsync("ada", method, $"/api/admin/{path}", body);
        Assert.True(reply.Status == status, $"{method} {path}: {reply.Status} {reply.Text}");
        return reply;
    }

    private async Task<string> NamesAsync()
    {
        await using var context = host.Store.Open();
        return string.Join(
            ' ',
            await context.Users.Where(user => user.Name != "carl").OrderBy(user => user.Name).Select(user => user.Name).ToListAsync()
        );
    }
}
