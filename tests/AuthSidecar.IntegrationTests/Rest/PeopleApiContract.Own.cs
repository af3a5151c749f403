using System.Text.Json.Nodes;
using AuthSidecar.Administration.Keys;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.IntegrationTests.Rest;

/// <summary>Own sessions and account, and the facts of keys.</summary>
public abstract partial class PeopleApiContract
{
    [RequiresStoreFact]
    public async Task OwnSessions_AreListedAndEnded()
    {
        await Host.AddUserAsync("sue");
        await Host.LogInAsync("sue", "", ", second");
        await Host.LogInAsync("sue", "", ", third");
        await Host.LogInAsync("sue", ", old");
        var all = (await Host.SendAsync("sue", "GET", "/api/me/sessions")).Json["items"]!.AsArray();
        Assert.Equal(4, all.Count);
        Assert.Single(all, session => (bool)session!["current"]!);
        var second = await CurrentAsync("sue, second");

        var ended = await Host.SendAsync("sue", "DELETE", $"/api/me/sessions/{second}");
        Assert.Equal((200, second), (ended.Status, (string?)ended.Json["id"]));
        Assert.NotNull(ended.Json["endedAt"]);
        Assert.Equal(401, (await Host.SendAsync("sue, second", "GET", "/api/me")).Status);

        var foreign = await Host.SendAsync("sue", "DELETE", $"/api/me/sessions/{await CurrentAsync("bob")}");
        var unknown = await Host.SendAsync("sue", "DELETE", "/api/me/sessions/unknown");
        Assert.Equal(("404 unknown_session", "404 unknown_session"), (foreign.Problem(), unknown.Problem()));
        Assert.Equal(200, (await Host.SendAsync("bob", "GET", "/api/me")).Status);

        Assert.Equal("403 reauthentication_required", (await Host.SendAsync("sue, old", "DELETE", "/api/me/sessions")).Problem());
        Assert.Equal(200, (await Host.SendAsync("sue, third", "GET", "/api/me")).Status);
        Assert.Equal(2, (int)(await Host.SendAsync("sue", "DELETE", "/api/me/sessions")).Json["ended"]!);
        foreach (var (caller, status) in new[] { ("sue", 200), ("sue, third", 401), ("sue, old", 401), ("bob", 200) })
        {
            Assert.Equal(status, (await Host.SendAsync(caller, "GET", "/api/me/sessions")).Status);
        }

        async Task<string> CurrentAsync(string caller) =>
            (string)
                (await Host.SendAsync(caller, "GET", "/api/me/sessions")).Json["items"]!
                    .AsArray()
                    .Single(session => (bool)session!["current"]!)!["id"]!;
    }

    [RequiresStoreFact]
    public async Task SessionsOfOthers_AreListedAndEndedByAdmins()
    {
        await Host.AddUserAsync("tom");
        await Host.LogInAsync("tom", "", ", second");
        await Host.LogInAsync("tom", "", ", third");
        var all = (await Host.SendAsync("ada", "GET", "/api/admin/sessions?user=tom")).Json["items"]!.AsArray();
        Assert.Equal((3, 3), (all.Count, all.Count(session => (string?)session!["user"] == "tom")));
        var current = (await Host.SendAsync("tom, second", "GET", "/api/me/sessions")).Json["items"]!
            .AsArray()
            .Single(session => (bool)session!["current"]!)!["id"];

        Assert.Equal(200, (await Host.SendAsync("ada", "DELETE", $"/api/admin/sessions/{current}")).Status);
        Assert.Equal("200 401 200", await StatusesAsync("tom", "tom, second", "tom, third"));
        Assert.Equal("404 unknown_session", (await Host.SendAsync("ada", "DELETE", "/api/admin/sessions/unknown")).Problem());
        Assert.Equal(2, (int)(await Host.SendAsync("ada", "DELETE", "/api/admin/users/tom/sessions")).Json["ended"]!);
        Assert.Equal("401 401 200", await StatusesAsync("tom", "tom, third", "bob"));
        Assert.Empty((await Host.SendAsync("ada", "GET", "/api/admin/sessions?user=tom")).Json["items"]!.AsArray());

        async Task<string> StatusesAsync(params string[] callers)
        {
            var statuses = new List<int>();
            foreach (var caller in callers)
            {
                statuses.Add((await Host.SendAsync(caller, "GET", "/api/me")).Status);
            }

            return string.Join(' ', statuses);
        }
    }

    [RequiresStoreFact]
    public async Task OwnAccount_IsRenamed()
    {
        var before = (await Host.SendAsync("bob", "GET", "/api/me")).Headers["ETag"];
        var renamed = await Host.SendAsync("bob", "PATCH", "/api/me", """{"displayName":"Bob B."}""", ("If-Match", before));
        Assert.Equal((200, "Bob B."), (renamed.Status, (string?)renamed.Json["displayName"]));
        Assert.Equal("Bob B.", (string?)(await Host.SendAsync("bob", "GET", "/api/me")).Json["displayName"]);
        foreach (
            var (body, expected) in new[]
            {
                ("""{"displayName":"a\u202eb"}""", "400 invalid_argument displayName"),
                ("""{"displayName":""}""", "400 invalid_argument displayName"),
                ("""{"displayName":1}""", "400 invalid_argument displayName"),
                ("""{"role":"admin"}""", "400 invalid_argument role"),
            }
        )
        {
            Assert.Equal(expected, (await Host.SendAsync("bob", "PATCH", "/api/me", body)).Problem());
        }

        Assert.Equal(
            "412 precondition_failed",
            (await Host.SendAsync("bob", "PATCH", "/api/me", """{"displayName":"B"}""", ("If-Match", before))).Problem()
        );
        Assert.Null((await Host.SendAsync("bob", "PATCH", "/api/me", """{"displayName":null}""")).Json["displayName"]);
    }

    [RequiresStoreFact]
    public async Task FactsOfAKey_HaveTheBudgetsInForce()
    {
        var kay = await Host.AddUserAsync("kay");
        var token = await Host.AddKeyAsync("kay", "llm:invoke");
        var id = KeyToken.IdOf(token);
        Host.AddCaller("ask", token);
        var device = await Host.AddDeviceAsync("kay");
        Host.AddCaller("aso", device.Token);
        var external = await Host.AddDeviceAsync(null, new ExternalIdentity("https://id.example.com", "sub"));
        Host.AddCaller("ase", external.Token);
        await Host.SendAsync("master", "POST", "/api/admin/groups", """{"id":"crew"}""");
        await Host.SendAsync("master", "POST", "/api/admin/groups/crew/members", """{"user":"kay"}""");
        await SetAsync("group/crew", 5_000_000);
        await SetAsync("shared/crew", 7_000_000);
        await SetAsync($"key/{id}", 9_000_000);
        await SetAsync("user/https:%2F%2Fid.example.com|sub", 2_000_000);
        await using (var context = Host.Store.Open())
        {
            var month = BudgetPeriod.Month.IdAt(DateTimeOffset.UtcNow);
            foreach (
                var (scope, subject, micros) in new[]
                {
                    (BudgetScope.User, kay, 1_000_000),
                    (BudgetScope.Shared, "crew", 2_000_000),
                    (BudgetScope.Key, id, 3_000_000),
                    (BudgetScope.User, "https://id.example.com|sub", 500_000),
                }
            )
            {
                context.Spends.Add(
                    new()
                    {
                        Scope = scope,
                        SubjectId = subject,
                        PeriodId = month,
                        Micros = micros,
                    }
                );
            }

            await context.SaveChangesAsync();
        }

        var facts = await FactsAsync("ask");
        Assert.Equal(("key", id, "kay", "account"), Identity(facts));
        Assert.Equal(["llm:invoke"], Scopes(facts));
        Assert.Null(facts["expiresAt"]);
        Assert.Equal(["group crew 5 1 4", "shared crew 7 2 5", $"key {id} 9 3 6"], Budgets(facts));
        await SetAsync("user/kay", 400_000);
        Assert.Equal([$"user {kay} 0.4 1 0", "shared crew 7 2 5", $"key {id} 9 3 6"], Budgets(await FactsAsync("ask")));

        Assert.Equal(
            200,
            (await Host.SendAsync("master", "PUT", "/api/admin/budgets/group/crew", """{"limitMicroUsd":600000,"period":"day"}""")).Status
        );
        var daily = (await FactsAsync("ask"))["budgets"]![1]!;
        Assert.Equal(
            ("day", "group", 0.6m, 0m),
            ((string?)daily["period"], (string?)daily["scope"], (decimal)daily["limit"]!, (decimal)daily["spent"]!)
        );
        Assert.Equal(TimeSpan.Zero, ((DateTimeOffset)daily["resetsAt"]!).UtcDateTime.TimeOfDay);
        await Host.SendAsync("master", "DELETE", "/api/admin/budgets/group/crew?period=day");

        var own = await FactsAsync("aso");
        Assert.Equal(("device", device.Key.Id, "kay", "account"), Identity(own));
        Assert.Equal([$"user {kay} 0.4 1 0", "shared crew 7 2 5"], Budgets(own));
        Assert.Equal(["full"], Scopes(own));

        var foreign = await FactsAsync("ase");
        Assert.Equal(("device", external.Key.Id, "sub", "end_user"), Identity(foreign));
        Assert.Equal(["user https://id.example.com|sub 2 0.5 1.5"], Budgets(foreign));
        Assert.Equal(["apps:read:permitted-external", "apps:run"], Scopes(foreign));
        foreach (var (shown, key) in new[] { (own, device.Key), (foreign, external.Key) })
        {
            Assert.Equal(("active", "a phone"), ((string?)shown["status"], (string?)shown["name"]));
            Assert.Equal(key.ExpiresAt, (DateTimeOffset?)shown["expiresAt"]);
        }

        async Task SetAsync(string subject, long limit) =>
            Assert.Equal(
                200,
                (await Host.SendAsync("master", "PUT", $"/api/admin/budgets/{subject}", $$"""{"limitMicroUsd":{{limit}}}""")).Status
            );

        async Task<JsonNode> FactsAsync(string caller) => (await Host.SendAsync(caller, "GET", "/api/key")).Json;

        static (string?, string?, string?, string?) Identity(JsonNode facts) =>
            ((string?)facts["kind"], (string?)facts["id"], (string?)facts["owner"], (string?)facts["subject"]);

        static IEnumerable<string> Scopes(JsonNode facts) =>
            facts["scopes"]!.AsArray().Select(scope => (string)scope!).Order(StringComparer.Ordinal);

        static IEnumerable<string> Budgets(JsonNode facts) =>
            facts["budgets"]!
                .AsArray()
                .Select(budget =>
                    FormattableString.Invariant(
                        $"{budget!["scope"]} {budget["subjectId"]} {(decimal)budget["limit"]!:0.##} {(decimal)budget["spent"]!:0.##} {(decimal)budget["left"]!:0.##}"
                    )
                );
    }
}
