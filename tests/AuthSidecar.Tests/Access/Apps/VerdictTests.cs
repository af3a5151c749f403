using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Access.Apps;

/// <summary>Caching of apps, memberships, permissions and budgets: contents, lifetime, invalidation.</summary>
public class VerdictTests
{
    [Fact]
    public async Task SecondRequest_QueriesNothingAndCompletesAtOnce()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        await fixture.TakeStoreAwayAsync();

        var second = fixture.DecideAsync(fixture.Context("/apps/acl-allow", fixture.AliceKey, "acl"));

        Assert.True(second.IsCompletedSuccessfully);
        Assert.Equal("allow", AppFixture.Word(await second));
        Assert.Single(fixture.Acl.Questions);
        foreach (var cache in new[] { "app", "member", "acl" })
        {
            Assert.Equal([1, 1], fixture.CacheMetrics.Of(cache).Read().Select(measurement => measurement.Value));
        }

        fixture.BringStoreBack();
    }

    [Fact]
    public async Task StoreOutage_UncachedVerdictsAreUnavailable_UntilItRecovers()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("app_not_found", await fixture.AskAsync("none", fixture.AliceKey));
        await fixture.TakeStoreAwayAsync();

        Assert.Equal("app_not_found", await fixture.AskAsync("none", fixture.AliceKey));
        Assert.Equal("store_unavailable", await fixture.AskAsync("bot", fixture.AliceKey));
        Assert.Equal("store_unavailable", await fixture.AskAsync("bot", fixture.AliceKey));

        fixture.BringStoreBack();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        Assert.Equal([LogLevel.Error, LogLevel.Information], fixture.VerdictLog.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task FactsOfTheStore_OutlastAShortOutage_AndVerdictsOfTheServiceDoNot()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        await fixture.AdvanceAsync(TimeSpan.FromSeconds(55));
        await fixture.TakeStoreAwayAsync();
        Assert.False(await fixture.PollAsync());

        fixture.Keys.Time.Advance(TimeSpan.FromSeconds(13));
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        Assert.Equal(2, fixture.Acl.Questions.Count);
        fixture.Keys.Time.Advance(TimeSpan.FromSeconds(18));
        Assert.Equal("store_unavailable", await fixture.AskAsync("bot", fixture.AliceKey));

        fixture.BringStoreBack();
        Assert.True(await fixture.PollAsync());
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
    }

    [Fact]
    public async Task AnswerWithAByteOrderMark_IsRead()
    {
        await using var fixture = await AppFixture.StartAsync();
        await fixture.AddAppAsync("acl-mark", "private");

        Assert.Equal("allow", await fixture.AskAsync("acl-mark", fixture.AliceKey, "acl"));
    }

    [Fact]
    public async Task PollingOutage_DisablesCacheHits()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));

        fixture.Keys.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        fixture.Keys.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("store_unavailable", await fixture.AskAsync("bot", fixture.AliceKey));
    }

    [Fact]
    public async Task PositiveVerdict_CountsForItsTimeToLive()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        fixture.Keys.Execute("DELETE FROM Members");

        await fixture.AdvanceAsync(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        await fixture.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.Equal("workspace_membership_revoked", await fixture.AskAsync("bot", fixture.AliceKey));
    }

    [Fact]
    public async Task NegativeVerdict_CountsForTenSeconds()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("app_not_found", await fixture.AskAsync("late", fixture.AliceKey));
        fixture.Keys.Execute("INSERT INTO Apps SELECT 'late', TenantId, Mode, Status, CreatedAt FROM Apps WHERE Id = 'bot'");

        await fixture.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal("app_not_found", await fixture.AskAsync("late", fixture.AliceKey));
        await fixture.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.Equal("allow", await fixture.AskAsync("late", fixture.AliceKey));
    }

    [Fact]
    public async Task MemberIsRemovedAndAddedByAnotherProcess_HoldsFromTheNextPoll()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));

        await fixture.ElsewhereAsync(store => new RemoveMember(store, TimeProvider.System).RunAsync("acme", "alice", default));
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        await fixture.PollAsync();
        Assert.Equal("workspace_membership_revoked", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));

        await fixture.ElsewhereAsync(store => new AddMember(store, TimeProvider.System).RunAsync("acme", "alice", "member", default));
        await fixture.PollAsync();
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        Assert.Equal(2, fixture.Acl.Questions.Count);
    }

    [Fact]
    public async Task MemberOfAnotherTenantChanges_NothingIsReadAgain()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));

        await fixture.ElsewhereAsync(store => new AddMember(store, TimeProvider.System).RunAsync("globex", "alice", "member", default));
        await fixture.PollAsync();
        await fixture.TakeStoreAwayAsync();

        Assert.Equal("allow", await fixture.AskAsync("acl-allow", fixture.AliceKey, "acl"));
        Assert.Single(fixture.Acl.Questions);
        fixture.BringStoreBack();
    }

    [Fact]
    public async Task AppIsSwitchedOffByAnotherProcess_HoldsFromTheNextPoll()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));

        fixture.Keys.Execute("UPDATE Apps SET Status = 'disabled' WHERE Id = 'bot'; INSERT INTO Changes (AppId, At) VALUES ('bot', 0)");
        await fixture.PollAsync();

        Assert.Equal("service_api_disabled", await fixture.AskAsync("bot", fixture.AliceKey));
    }

    [Fact]
    public async Task AppCreatedAfterALookup_HoldsFromTheNextPoll()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("app_not_found", await fixture.AskAsync("new", fixture.AliceKey));

        await fixture.ElsewhereAsync(store => new CreateApp(store, TimeProvider.System).RunAsync(new("new", "acme"), default));
        await fixture.PollAsync();

        Assert.Equal("allow", await fixture.AskAsync("new", fixture.AliceKey));
    }

    [Fact]
    public async Task BudgetIsSetByAnotherProcess_HoldsFromTheNextPoll()
    {
        await using var fixture = await AppFixture.StartAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
        await fixture.ElsewhereAsync(store => new CreateGroup(store, TimeProvider.System).RunAsync("g", default));
        await fixture.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.Group, "g", 0, default));
        await fixture.PollAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));

        await fixture.ElsewhereAsync(store => new AddToGroup(store, TimeProvider.System).RunAsync("g", "alice", default));
        await fixture.PollAsync();
        Assert.Equal("budget_exceeded", await fixture.AskAsync("bot", fixture.AliceKey));

        await fixture.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.Group, "g", 1, default));
        await fixture.PollAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));

        await fixture.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "alice", 0, default));
        await fixture.PollAsync();
        Assert.Equal("budget_exceeded", await fixture.AskAsync("bot", fixture.AliceKey));
    }

    [Fact]
    public async Task SharedBudgetIsSetByAnotherProcess_HoldsFromTheNextPoll_BesideTheUsersOwn()
    {
        await using var fixture = await AppFixture.StartAsync();
        await fixture.ElsewhereAsync(store => new CreateGroup(store, TimeProvider.System).RunAsync("g", default));
        await fixture.ElsewhereAsync(store => new AddToGroup(store, TimeProvider.System).RunAsync("g", "alice", default));
        await fixture.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "alice", 5, default));
        await fixture.PollAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));

        await fixture.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.Shared, "g", 0, default));
        await fixture.PollAsync();
        var context = fixture.Context("/apps/bot", fixture.AliceKey, "path");
        var refusal = Assert.IsType<Decision.Deny>(await fixture.DecideAsync(context)).Denial;
        Assert.Matches(
            @"^The budget of this month is spent: US\$0\.00 a month shared by all members of group g\. It frees on \d{4}-\d\d-01 at 00:00 UTC\.$",
            refusal.Message
        );
        Assert.Matches(@"^US\$0\.00 a month shared by all members of group g, frees \d{4}-\d\d-01T00:00:00Z$", refusal.Detail);
        Assert.Equal("AI budget of US$0.00 exceeded. Please contact an administrator for more details.", refusal.Plain);
        Assert.Equal("g", context.BudgetGroups);

        await fixture.ElsewhereAsync(store => new RemoveBudget(store, TimeProvider.System).RunAsync(BudgetScope.Shared, "g", default));
        await fixture.PollAsync();
        Assert.Equal("allow", await fixture.AskAsync("bot", fixture.AliceKey));
    }

    [Theory]
    [InlineData("Week")]
    [InlineData("Day")]
    public async Task BudgetOfAPeriod_IsNamedWithItsPeriodAndEnd(string name)
    {
        var period = Enum.Parse<BudgetPeriod>(name);
        await using var fixture = await AppFixture.StartAsync();
        await fixture.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "alice", 5, default));
        await fixture.ElsewhereAsync(store =>
            new SetBudget(store, TimeProvider.System).RunAsync(new(BudgetScope.User, "alice", period), new(0), null, default)
        );
        await fixture.PollAsync();

        var (before, word) = (DateTimeOffset.UtcNow, name.ToLowerInvariant());
        var context = fixture.Context("/apps/bot", fixture.AliceKey, "path");
        var refusal = Assert.IsType<Decision.Deny>(await fixture.DecideAsync(context)).Denial;

        var ends = new[] { before, DateTimeOffset.UtcNow }.Select(time => $"{BudgetPeriods.EndOf(period.IdAt(time)):yyyy-MM-dd}").ToList();
        Assert.Contains(
            refusal.Message,
            ends.Select(end => $"The budget of this {word} is spent: US$0.00 a {word} for user alice. It frees on {end} at 00:00 UTC.")
        );
        Assert.Contains(refusal.Detail, ends.Select(end => $"US$0.00 a {word} for user alice, frees {end}T00:00:00Z"));
    }

    /// <summary>Equal subjects of two issuers are two callers; this includes services.</summary>
    [Theory]
    [InlineData(nameof(SubjectType.Account))]
    [InlineData(nameof(SubjectType.EndUser))]
    [InlineData(nameof(SubjectType.Service))]
    public async Task CallerWithAJwt_HasItsOwnBudget_OrItsIssuersDefault(string type)
    {
        await using var fixture = await AppFixture.StartAsync();
        var subject = Enum.Parse<SubjectType>(type);
        var (bob, other) = (Caller("https://id.example.com"), Caller("https://id.example.com/other"));
        Assert.Equal(("allow", "allow"), (await AskAsync(bob), await AskAsync(other)));

        await fixture.ElsewhereAsync(store =>
            new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "https://id.example.com|bob", 0, default)
        );
        await fixture.PollAsync();
        Assert.Equal(("budget_exceeded", "allow"), (await AskAsync(bob), await AskAsync(other)));

        // New settings apply immediately, and a caller's own budget replaces its issuer's default.
        fixture.Settings.Current.Settings.Jwt.Add(new() { Issuer = "https://id.example.com", BudgetUsd = 100 });
        fixture.Settings.Current.Settings.Jwt.Add(new() { Issuer = "https://id.example.com/other", BudgetUsd = 0 });
        Assert.Equal(("budget_exceeded", "budget_exceeded"), (await AskAsync(bob), await AskAsync(other)));
        await fixture.ElsewhereAsync(store =>
            new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "https://id.example.com/other|bob", 1, default)
        );
        await fixture.PollAsync();
        Assert.Equal("allow", await AskAsync(other));
        await fixture.ElsewhereAsync(store =>
            new RemoveBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "https://id.example.com|bob", default)
        );
        await fixture.PollAsync();
        Assert.Equal("allow", await AskAsync(bob));

        Identity Caller(string issuer) => AppFixture.Identity(subject, external: ExternalPerson.Of(issuer, "bob"), key: "");

        async Task<string> AskAsync(Identity identity) =>
            AppFixture.Word(await fixture.DecideAsync(fixture.Context("/x", identity, "plain")));
    }

    [Fact]
    public async Task OrdinaryAnswer_IsPreparedForAnAppAndOnlyForIt()
    {
        await using var fixture = await AppFixture.StartAsync();
        var identity = fixture.AliceKey;

        // Answers are prepared with the third request of a caller.
        await AllowAsync("bot");
        await AllowAsync("bot");
        var first = await AllowAsync("bot");
        var second = await AllowAsync("bot");
        var other = await AllowAsync("acl-allow");

        fixture.Keys.Execute("INSERT INTO Changes (AppId, At) VALUES ('bot', 0)");
        await fixture.PollAsync();
        var later = await AllowAsync("bot");

        Assert.Same(first.Edits, second.Edits);
        Assert.Equal("bot", App(first));
        Assert.Equal("acl-allow", App(other));
        Assert.NotSame(first.Edits, later.Edits);

        async Task<Decision.Allow> AllowAsync(string app) =>
            Assert.IsType<Decision.Allow>(await fixture.DecideAsync(fixture.Context($"/apps/{app}", identity, "path")));

        static string App(Decision.Allow allow) => allow.Edits.Set.Single(header => header.Key == "x-authsidecar-caller-app").Value;
    }
}
