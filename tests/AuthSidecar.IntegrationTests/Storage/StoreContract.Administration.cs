using AuthSidecar.Access.Authentication;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Pipeline;
using AuthSidecar.Usage.Pricing;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.IntegrationTests.Storage;

public abstract partial class StoreContract
{
    [RequiresStoreFact]
    public async Task UpdatedKey_HasTheNewValues_AndAnInvalidation()
    {
        await AddUserAsync();
        var id = (await AddKeyAsync()).Key.Id;
        var before = await LastChangeAsync();
        var update = new UpdateKey(Store, Time);
        var end = Instant.Truncate(Time.GetUtcNow().AddDays(3));

        Assert.Null(
            (
                await update.RunAsync(
                    id,
                    new()
                    {
                        Name = new("new"),
                        Scopes = ["llm:invoke"],
                        Models = ["gpt-*"],
                        ExpiresAt = new(end),
                        Limit = new((KeyLimit?)null),
                    },
                    key => key.Name == "a key",
                    CancellationToken.None
                )
            ).Refusal
        );

        var row = await RowAsync(id);
        Assert.Equal(("new", "llm:invoke", "gpt-*", end), (row.Name, row.Scopes, row.Models, row.ExpiresAt!.Value));
        Assert.Equal((null, null), (row.Permits, row.Window));
        Assert.Equal([id], await ChangedKeysAsync(before));

        // Nothing given: nothing changed.
        Assert.Null((await update.RunAsync(id, new(), null, CancellationToken.None)).Refusal);
        Assert.Equal([id], await ChangedKeysAsync(before));
        Assert.Equal("new", (await RowAsync(id)).Name);
    }

    [RequiresStoreFact]
    public async Task Key_IsNotUpdated_WhenItIsAnother_OrNotInForce()
    {
        await AddUserAsync();
        var id = (await AddKeyAsync()).Key.Id;
        var expired = (await AddKeyAsync(expiresAt: Time.GetUtcNow().AddDays(-1))).Key.Id;
        var update = new UpdateKey(Store, Time);
        var change = new KeyChanges { Name = new("new") };

        Assert.Equal("precondition_failed", (await update.RunAsync(id, change, _ => false, CancellationToken.None)).Refusal!.Code);
        Assert.Equal("expired_key", (await update.RunAsync(expired, change, null, CancellationToken.None)).Refusal!.Code);
        Assert.Equal("unknown_key", (await update.RunAsync("none", change, null, CancellationToken.None)).Refusal!.Code);
        Assert.Equal(
            "invalid_argument",
            (await update.RunAsync(id, new() { Limit = new(new KeyLimit(1, TimeSpan.Zero)) }, null, CancellationToken.None)).Refusal!.Code
        );
        Assert.Equal("invalid_argument", (await update.RunAsync(id, new() { Name = new("") }, null, CancellationToken.None)).Refusal!.Code);

        // A revocation meanwhile waits for the end of the change.
        Task<Outcome<ApiKey>>? revocation = null;
        var changed = await update.RunAsync(
            id,
            change,
            _ =>
            {
                revocation ??= Task.Run(() => new RevokeKey(Another, Time).RunAsync(id, CancellationToken.None));
                return true;
            },
            CancellationToken.None
        );
        Assert.Equal("new", changed.Value.Name);
        Assert.NotNull((await revocation!).Value.RevokedAt);
        Assert.Equal("revoked_key", (await update.RunAsync(id, change, null, CancellationToken.None)).Refusal!.Code);
        Assert.Equal("new", (await RowAsync(id)).Name);
    }

    [RequiresStoreFact]
    public async Task Keys_AreRevokedTogether_OnlyWithTheirNumber()
    {
        await AddUserAsync();
        await AddUserAsync("bob");
        string[] ids = [(await AddKeyAsync()).Key.Id, (await AddKeyAsync()).Key.Id, (await AddKeyAsync()).Key.Id];
        var other = (await AddKeyAsync("bob")).Key.Id;
        _ = (await new RevokeKey(Store, Time).RunAsync(ids[0], CancellationToken.None)).Value;
        var first = (await RowAsync(ids[0])).RevokedAt;
        var revoke = new RevokeKeys(Store, Time);
        var filter = new KeyFilter { User = "ada", Take = 1 };

        Assert.Equal(2, (await revoke.CountAsync(filter, CancellationToken.None)).Value.Revoked);
        foreach (var wrong in new[] { 0, 1, 3 })
        {
            Assert.Equal("count_changed", (await revoke.RunAsync(filter, wrong, CancellationToken.None)).Refusal!.Code);
            Assert.Null((await RowAsync(ids[1])).RevokedAt);
        }

        Assert.Equal("unknown_user", (await revoke.RunAsync(new() { User = "eve" }, 0, CancellationToken.None)).Refusal!.Code);
        var before = await LastChangeAsync();
        Assert.Equal(2, (await revoke.RunAsync(filter, 2, CancellationToken.None)).Value.Revoked);

        Assert.Equal(first, (await RowAsync(ids[0])).RevokedAt);
        Assert.NotNull((await RowAsync(ids[1])).RevokedAt);
        Assert.NotNull((await RowAsync(ids[2])).RevokedAt);
        Assert.Null((await RowAsync(other)).RevokedAt);
        Assert.Equal(ids[1..].Order(), (await ChangedKeysAsync(before)).Order());
        Assert.Equal(0, (await revoke.RunAsync(filter, 0, CancellationToken.None)).Value.Revoked);
    }

    [RequiresStoreFact]
    public async Task Groups_Tenants_AndApps_AreRemoved_WhenNothingUsesThem()
    {
        await AddUserAsync();
        await SucceedAsync(new CreateGroup(Store, Time).RunAsync("team", CancellationToken.None));
        await SucceedAsync(new CreateTenant(Store, Time).RunAsync("acme", CancellationToken.None));
        await SucceedAsync(new CreateApp(Store, Time).RunAsync(new("bot", "acme"), CancellationToken.None));
        await SucceedAsync(new AddToGroup(Store, Time).RunAsync("team", "ada", CancellationToken.None));
        await SucceedAsync(new AddMember(Store, Time).RunAsync("acme", "ada", "member", CancellationToken.None));
        var (group, tenant, app) = (new RemoveGroup(Store), new RemoveTenant(Store, Time), new RemoveApp(Store, Time));

        Assert.Equal("group_in_use", (await group.RunAsync("team", CancellationToken.None)).Refusal!.Code);
        Assert.Equal("tenant_in_use", (await tenant.RunAsync("acme", CancellationToken.None)).Refusal!.Code);
        Assert.Equal("app_in_use", (await app.RunAsync("bot", CancellationToken.None)).Refusal!.Code);
        await using (var context = Store.Open())
        {
            Assert.Equal(1, await context.GroupMembers.ExecuteDeleteAsync());
        }

        await SucceedAsync(new SetBudget(Store, Time).RunAsync(BudgetScope.Shared, "team", 1, CancellationToken.None));
        Assert.Equal("group_in_use", (await group.RunAsync("team", CancellationToken.None)).Refusal!.Code);
        await SucceedAsync(new RemoveBudget(Store, Time).RunAsync(BudgetScope.Shared, "team", CancellationToken.None));
        await SucceedAsync(group.RunAsync("team", CancellationToken.None));
        Assert.Equal("unknown_group", (await group.RunAsync("team", CancellationToken.None)).Refusal!.Code);

        var update = new UpdateApp(Store, Time);
        Assert.Equal(
            "precondition_failed",
            (await update.RunAsync("bot", null, AppStatus.Disabled, _ => false, CancellationToken.None)).Refusal!.Code
        );
        Assert.Equal(
            AppStatus.Disabled,
            (await update.RunAsync("bot", "open", AppStatus.Disabled, null, CancellationToken.None)).Value.Status
        );
        await SucceedAsync(app.RunAsync("bot", CancellationToken.None));
        Assert.Equal("unknown_app", (await update.RunAsync("bot", null, null, null, CancellationToken.None)).Refusal!.Code);
        await SucceedAsync(new RemoveMember(Store, Time).RunAsync("acme", "ada", CancellationToken.None));
        await SucceedAsync(tenant.RunAsync("acme", CancellationToken.None));
        Assert.Equal("unknown_tenant", (await tenant.RunAsync("acme", CancellationToken.None)).Refusal!.Code);

        static async Task SucceedAsync<T>(Task<Outcome<T>> running)
            where T : class => Assert.Null((await running).Refusal);
    }

    [RequiresStoreFact]
    public async Task PrunedUsage_IsCountedFirst_AndAudited()
    {
        await new UsageRepository(Store, UsageHarness.CostOf).WriteAsync(
            [.. UsageParts.Whole(1), .. UsageParts.Whole(2)],
            CancellationToken.None
        );
        var prune = new PruneUsage(Store, new(Store, Time), new() { RetentionDays = 36_500 }, Time);

        foreach (var days in new[] { 0, -1, 36_501 })
        {
            Assert.Equal("invalid_argument", (await prune.RunAsync(days, CancellationToken.None)).Refusal!.Code);
        }

        Assert.Equal(0, (await prune.RunAsync(null, CancellationToken.None)).Value.Deleted);
        var preview = (await prune.PreviewAsync(1, CancellationToken.None)).Value;
        Assert.Equal((3, 36_500, 1), (preview.Deleted, preview.RetentionDays, preview.OlderThanDays));
        Assert.Equal(2, (await UsageState.ReadAsync(Another)).Rows.Count);

        Assert.Equal(3, (await prune.RunAsync(1, CancellationToken.None)).Value.Deleted);

        Assert.Empty((await UsageState.ReadAsync(Another)).Rows);
        await using var context = Another.Open();
        var audit = await context.AuditEvents.OrderBy(row => row.Sequence).Where(row => row.Action == "usage.pruned").ToListAsync();
        Assert.Equal(["""{"olderThanDays":36500,"rows":0}""", """{"olderThanDays":1,"rows":3}"""], audit.Select(row => row.After));
    }

    [RequiresStoreFact]
    public async Task Overview_HasSums_Refusals_AndWarnings()
    {
        var now = Time.GetUtcNow();
        var ada = await AddUserAsync();
        var key = (await AddKeyAsync(expiresAt: now.AddDays(2))).Key;
        await using (var context = Store.Open())
        {
            var today = UsageSums.DayOf(now);
            context.UsageDays.AddRange(DayOf(today, "priced", 70), DayOf(today - 1, "gap", null), DayOf(today - 400, "priced", 1000));
            context.Usage.AddRange(Denied("1", now, "rate_limited", null), Denied("2", now, "missing_credential", 41));
            context.Usage.Add(Denied("3", now.AddDays(-2), "rate_limited", null));
            context.Prices.Add(
                new()
                {
                    Provider = "openai",
                    Model = "priced",
                    From = DateTimeOffset.UnixEpoch,
                    Input = 1,
                    Output = 1,
                }
            );
            await context.SaveChangesAsync();
        }

        var overview = new Overview(
            Another,
            new(Another),
            new(
                new LiveOptions<AuthOptions>(new() { Mode = AuthMode.Both, MasterKey = new Secret("a master key") }),
                new UsageQueue(8),
                new PriceBook(Another),
                new(() => ["Auth:MasterKey: a secret in plain text"])
            ),
            Time
        );

        var found = (await overview.RunAsync(null, CancellationToken.None)).Value;

        Assert.Equal((30, 4, 70L, 2), (found.Days, found.Requests, found.CostMicroUsd, found.ByDay.Count));
        Assert.Equal([new NamedSum(ada.Id, "ada", 4, 70)], found.TopUsers);
        Assert.Equal([new NamedSum("priced", null, 2, 70), new NamedSum("gap", null, 2, null)], found.TopModels);
        Assert.Equal([new NamedSum(key.Id, "a key", 4, 70)], found.TopKeys);
        Assert.Equal([new RefusalCount("missing_credential", 41), new RefusalCount("rate_limited", 2)], found.Refusals);
        Assert.Equal(["master_key", "missing_prices", "keys_expiring", "configuration"], found.Warnings.Select(warning => warning.Code));
        Assert.Equal(["openai/gap"], found.Warnings[1].Items);
        Assert.Equal((1, 1, 1), (found.Users, found.Keys, found.Prices));
        var last = (await overview.RunAsync(1, CancellationToken.None)).Value;
        Assert.Equal(2, last.Requests);
        Assert.Equal([new RefusalCount("missing_credential", 41), new RefusalCount("rate_limited", 1)], last.Refusals);
        foreach (var days in new[] { 0, -1, 366 })
        {
            Assert.Equal("invalid_argument", (await overview.RunAsync(days, CancellationToken.None)).Refusal!.Code);
        }

        UsageDay DayOf(int day, string model, long? cost) =>
            new()
            {
                Day = day,
                Provider = "openai",
                Model = model,
                KeyId = key.Id,
                UserId = ada.Id,
                Tenant = "",
                Requests = 2,
                Priced = cost is null ? 0 : 2,
                InputTokens = 5,
                CostMicros = cost ?? 0,
            };

        UsageRow Denied(string id, DateTimeOffset at, string reason, long? requests) =>
            new()
            {
                DecisionId = id.PadLeft(32, '0'),
                Time = at,
                Decision = "deny",
                Outcome = "denied",
                Reason = reason,
                Requests = requests,
            };
    }

    private async Task<long> LastChangeAsync()
    {
        await using var context = Another.Open();
        return await context.Invalidations.MaxAsync(row => (long?)row.Sequence) ?? 0;
    }

    private async Task<List<string?>> ChangedKeysAsync(long after)
    {
        await using var context = Another.Open();
        return await context.Invalidations.Where(row => row.Sequence > after).Select(row => row.KeyId).ToListAsync();
    }
}
