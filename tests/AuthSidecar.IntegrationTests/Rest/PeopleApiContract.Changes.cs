using System.Text.Json.Nodes;
using AuthSidecar.IntegrationTests.Storage;
using AuthSidecar.Platform.Hashing;
using AuthSidecar.TestSupport.Servers;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Rest;

/// <summary>Changes at once.</summary>
public abstract partial class PeopleApiContract
{
    private static readonly string[] _oneOfOneVersion = OneOf("200", "412 precondition_failed");

    [RequiresStoreFact]
    public async Task OfChangesOfOneVersion_OneIsMade()
    {
        var id = KeyToken.IdOf(await Host.AddKeyAsync("bob", "llm:invoke"));
        await OneWinsAsync("master", $"/api/admin/keys/{id}", "name");
        await OneWinsAsync("bob", $"/api/me/api-keys/{id}", "name");
        await OneWinsAsync("master", "/api/admin/users/bob", "displayName");
        await OneWinsAsync("bob", "/api/me", "displayName");
    }

    [RequiresStoreFact]
    public async Task OfRevocationAndChangesOfOneVersion_OneIsMade()
    {
        var path = $"/api/admin/keys/{KeyToken.IdOf(await Host.AddKeyAsync("bob", "llm:invoke"))}";
        var tag = (await Host.SendAsync("master", "GET", path)).Headers["ETag"];
        var words = await AtOnceAsync(number =>
            number % 2 == 0
                ? Host.SendAsync("master", "DELETE", path, null, ("If-Match", tag))
                : Host.SendAsync("master", "PATCH", path, $$"""{"name":"n{{number}}"}""", ("If-Match", tag))
        );
        Assert.Single(words, "200");
        Assert.All(words.Skip(1), word => Assert.Contains(word, new[] { "412 precondition_failed", "409 revoked_key" }));
    }

    [RequiresStoreFact]
    public async Task Budgets_HonourIfMatch()
    {
        var path = $"/api/admin/budgets/user/{await Host.AddUserAsync("spender")}";
        var none = (await Host.SendAsync("master", "PUT", path, """{"limitMicroUsd":null}""")).Headers["ETag"];
        Assert.Equal(
            _oneOfOneVersion,
            await AtOnceAsync(number => Host.SendAsync("master", "PUT", path, $$"""{"limitMicroUsd":{{number + 1}}}""", ("If-Match", none)))
        );
        var set = await Host.SendAsync("master", "PUT", path, """{"limitMicroUsd":7}""");
        Assert.Equal(
            _oneOfOneVersion,
            await AtOnceAsync(number =>
                Host.SendAsync("master", "PUT", path, $$"""{"limitMicroUsd":{{number + 100}}}""", ("If-Match", set.Headers["ETag"]))
            )
        );
        Assert.Equal(
            "412 precondition_failed",
            (await Host.SendAsync("master", "DELETE", path, null, ("If-Match", set.Headers["ETag"]))).Problem()
        );
        Assert.Equal(
            "412 precondition_failed",
            (await Host.SendAsync("master", "PUT", path, """{"limitMicroUsd":null}""", ("If-Match", set.Headers["ETag"]))).Problem()
        );
        var last = (await Host.SendAsync("master", "PUT", path, """{"limitMicroUsd":8}""")).Headers["ETag"];
        Assert.Equal(200, (await Host.SendAsync("master", "DELETE", path, null, ("If-Match", last))).Status);
        Assert.Equal("404 unknown_budget", (await Host.SendAsync("master", "DELETE", path)).Problem());
    }

    [RequiresStoreFact]
    public async Task AppsAndGroups_HonourIfMatch()
    {
        await Host.SendAsync("master", "POST", "/api/admin/tenants", """{"id":"acme"}""");
        var made = (await Host.SendAsync("master", "POST", "/api/admin/apps", """{"id":"bot","tenant":"acme"}""")).Headers["ETag"];
        Assert.Equal(
            _oneOfOneVersion,
            await AtOnceAsync(number =>
                Host.SendAsync("master", "PATCH", "/api/admin/apps/bot", $$"""{"mode":"m{{number}}"}""", ("If-Match", made))
            )
        );
        var disabled = (await Host.SendAsync("master", "PATCH", "/api/admin/apps/bot", """{"status":"disabled"}""")).Headers["ETag"];
        Assert.Equal(
            ["412 precondition_failed", "200"],
            [
                Word(await Host.SendAsync("master", "DELETE", "/api/admin/apps/bot", null, ("If-Match", made))),
                Word(await Host.SendAsync("master", "DELETE", "/api/admin/apps/bot", null, ("If-Match", disabled))),
            ]
        );

        var first = (await Host.SendAsync("master", "POST", "/api/admin/groups", """{"id":"crew"}""")).Headers["ETag"];
        await Host.SendAsync("master", "DELETE", "/api/admin/groups/crew");
        var second = (await Host.SendAsync("master", "POST", "/api/admin/groups", """{"id":"crew"}""")).Headers["ETag"];
        Assert.Equal(
            ["412 precondition_failed", "200"],
            [
                Word(await Host.SendAsync("master", "DELETE", "/api/admin/groups/crew", null, ("If-Match", first))),
                Word(await Host.SendAsync("master", "DELETE", "/api/admin/groups/crew", null, ("If-Match", second))),
            ]
        );
    }

    [RequiresStoreFact]
    public async Task WhatIsMade_IsReadAtItsLocation_WithItsTag()
    {
        foreach (
            var (list, body) in new[]
            {
                ("tenants", """{"id":"made"}"""),
                ("apps", """{"id":"made","tenant":"made"}"""),
                ("groups", """{"id":"made"}"""),
                ("users", """{"name":"made"}"""),
            }
        )
        {
            var made = await Host.SendAsync("master", "POST", $"/api/admin/{list}", body);
            Assert.Equal(201, made.Status);
            var read = await Host.SendAsync("master", "GET", made.Headers["Location"]);
            Assert.Equal(200, read.Status);
            Assert.EndsWith($"/{read.Json["id"]}", made.Headers["Location"], StringComparison.Ordinal);
            if (list is "apps" or "groups")
            {
                Assert.Equal(made.Headers["ETag"], read.Headers["ETag"]);
            }

            Assert.StartsWith("404 unknown_", (await Host.SendAsync("master", "GET", $"/api/admin/{list}/none")).Problem());
            Assert.StartsWith("404 unknown_", (await Host.SendAsync("master", "GET", $"/api/admin/{list}/a%0Ab")).Problem());
        }

        var empty = (await Host.SendAsync("master", "GET", "/api/admin/groups/made")).Headers["ETag"];
        await Host.SendAsync("master", "POST", "/api/admin/groups/made/members", """{"user":"made"}""");
        Assert.Equal(200, (await Host.SendAsync("master", "GET", "/api/admin/groups/made", null, ("If-None-Match", empty))).Status);
        const string Budget = "/api/admin/budgets/group/made";
        Assert.Equal("404 unknown_budget", (await Host.SendAsync("master", "GET", Budget)).Problem());
        var set = await Host.SendAsync("master", "PUT", Budget, """{"limitMicroUsd":7}""");
        var shown = await Host.SendAsync("master", "GET", Budget);
        Assert.Equal((200, set.Headers["ETag"], set.Text), (shown.Status, shown.Headers["ETag"], shown.Text));
        Assert.Equal(304, (await Host.SendAsync("master", "GET", Budget, null, ("If-None-Match", set.Headers["ETag"]))).Status);
    }

    [RequiresStoreFact]
    public async Task KeysMadeAtOnce_AreAtMostThePossible()
    {
        await Host.AddUserAsync("keyed");
        var words = await AtOnceAsync(number => Host.SendAsync("keyed", "POST", "/api/me/api-keys", $$"""{"name":"key {{number}}"}"""));
        Assert.Equal((AdminHost.MostKeys, Writers - AdminHost.MostKeys), (words.Count(word => word == "201"), words.Count(IsTooMany)));

        var list = (await Host.SendAsync("keyed", "GET", "/api/me/api-keys")).Json["items"]!.AsArray();
        Assert.Equal(AdminHost.MostKeys, list.Count);
        await Host.SendAsync("keyed", "DELETE", $"/api/me/api-keys/{list[0]!["id"]}");
        Assert.Equal(201, (await Host.SendAsync("keyed", "POST", "/api/me/api-keys", """{"name":"next"}""")).Status);
        Assert.Equal("409 too_many_keys", (await Host.SendAsync("keyed", "POST", "/api/me/api-keys", """{"name":"more"}""")).Problem());

        static bool IsTooMany(string word) => word == "409 too_many_keys";
    }

    [RequiresStoreFact]
    public async Task RepetitionsAtOnce_MakeOneKey()
    {
        await Host.AddUserAsync("again");
        const string Path = "/api/me/api-keys";
        var tokens = new System.Collections.Concurrent.ConcurrentBag<string>();
        var words = await AtOnceAsync(async _ =>
        {
            var reply = await Host.SendAsync("again", "POST", Path, """{"name":"once"}""", ("Idempotency-Key", "k-1"));
            if (reply.Status == 201 && (string?)reply.Json["token"] is { } token)
            {
                tokens.Add(token);
            }

            return reply;
        });
        Assert.All(words, word => Assert.Contains(word, new[] { "201", "409 idempotency_in_progress" }));
        Assert.Single(tokens);
        Assert.Equal(1, (int)(await Host.SendAsync("again", "GET", Path)).Json["total"]!);

        var later = await Host.SendAsync("again", "POST", Path, """{"name":"once"}""", ("Idempotency-Key", "k-1"));
        Assert.Equal((201, "true", null), (later.Status, later.Headers["Idempotency-Replayed"], (string?)later.Json["token"]));
        Assert.Equal(
            "422 idempotency_mismatch",
            (await Host.SendAsync("again", "POST", Path, """{"name":"other"}""", ("Idempotency-Key", "k-1"))).Problem()
        );
    }

    [RequiresStoreFact]
    public async Task LastAdmin_StaysActive_WhenAllAreSuspendedAtOnce()
    {
        var words = (await AtOnceAsync(number => SuspendAsync(number % 2 == 0 ? "ada" : "eve"))).Distinct();
        Assert.Equal(["200", "409 last_admin"], words);
        await using var context = Host.Store.Open();
        var active = Assert.Single(await context.Users.Where(user => user.Role == Platform.Storage.UserRole.Admin).ToListAsync(), user =>
            user.Status == Platform.Storage.UserStatus.Active
        );
        Assert.Equal("409 last_admin", (await SuspendAsync(active.Name)).Problem());
        Assert.Equal(
            "409 last_admin",
            (await Host.SendAsync("master", "PATCH", $"/api/admin/users/{active.Id}", """{"status":"deleted"}""")).Problem()
        );

        Task<RestReply> SuspendAsync(string name) => Host.SendAsync("master", "POST", $"/api/admin/users/{name}/disable");
    }

    private async Task OneWinsAsync(string caller, string path, string member)
    {
        var tag = (await Host.SendAsync(caller, "GET", path)).Headers["ETag"];

        // Values that are not stored yet: one that changes nothing leaves the version as it is.
        var words = await AtOnceAsync(number =>
            Host.SendAsync(caller, "PATCH", path, new JsonObject { [member] = $"{caller} {number}" }.ToJsonString(), ("If-Match", tag))
        );
        Assert.True(_oneOfOneVersion.SequenceEqual(words), $"{path}: {string.Join(", ", words)}");
        Assert.StartsWith(caller, (string)(await Host.SendAsync(caller, "GET", path)).Json[member]!, StringComparison.Ordinal);
    }
}
