using AuthSidecar.Budgets;
using AuthSidecar.Pipeline;
using AuthSidecar.Storage;
using AuthSidecar.Tenancy;
using Microsoft.Extensions.Logging;

namespace AuthSidecar.Tests.Apps;

/// <summary>What is remembered about apps, members and permissions, for how long, and what ends it.</summary>
public class VerdictTests
{
    [Fact]
    public async Task SecondRequest_AsksNobodyAndCompletesAtOnce()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("acl-allow", world.AliceKey, "acl"));
        await world.TakeStoreAwayAsync();

        var second = world.DecideAsync(world.Context("/apps/acl-allow", world.AliceKey, "acl"));

        Assert.True(second.IsCompletedSuccessfully);
        Assert.Equal("allow", AppWorld.Word(await second));
        Assert.Single(world.Acl.Questions);
        foreach (var cache in new[] { "app", "member", "acl" })
        {
            Assert.Equal([1, 1], world.CacheMetrics.Of(cache).Read().Select(measurement => measurement.Value));
        }

        world.BringStoreBack();
    }

    [Fact]
    public async Task StoreIsGone_WhatIsNotRememberedIsUnavailable_UntilItIsBack()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("app_not_found", await world.AskAsync("none", world.AliceKey));
        await world.TakeStoreAwayAsync();

        Assert.Equal("app_not_found", await world.AskAsync("none", world.AliceKey));
        Assert.Equal("store_unavailable", await world.AskAsync("bot", world.AliceKey));
        Assert.Equal("store_unavailable", await world.AskAsync("bot", world.AliceKey));

        world.BringStoreBack();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));
        Assert.Equal([LogLevel.Error, LogLevel.Information], world.VerdictLog.Entries.Select(entry => entry.Level));
    }

    [Fact]
    public async Task ChangesAreNotHeardOfForTooLong_HitsNoLongerCount()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));

        world.Keys.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));
        world.Keys.Time.Advance(TimeSpan.FromTicks(1));

        Assert.Equal("store_unavailable", await world.AskAsync("bot", world.AliceKey));
    }

    [Fact]
    public async Task Yes_CountsForItsTime()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));
        world.Keys.Execute("DELETE FROM Members");

        await world.AdvanceAsync(TimeSpan.FromSeconds(60) - TimeSpan.FromTicks(1));
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));
        await world.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.Equal("workspace_membership_revoked", await world.AskAsync("bot", world.AliceKey));
    }

    [Fact]
    public async Task No_CountsForTenSeconds()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("app_not_found", await world.AskAsync("late", world.AliceKey));
        world.Keys.Execute("INSERT INTO Apps SELECT 'late', TenantId, Mode, Status, CreatedAt FROM Apps WHERE Id = 'bot'");

        await world.AdvanceAsync(TimeSpan.FromSeconds(10) - TimeSpan.FromTicks(1));
        Assert.Equal("app_not_found", await world.AskAsync("late", world.AliceKey));
        await world.AdvanceAsync(TimeSpan.FromTicks(1));

        Assert.Equal("allow", await world.AskAsync("late", world.AliceKey));
    }

    [Fact]
    public async Task MemberIsRemovedAndAddedByAnotherProcess_HoldsFromTheNextPoll()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("acl-allow", world.AliceKey, "acl"));

        await world.ElsewhereAsync(store => new RemoveMember(store, TimeProvider.System).RunAsync("acme", "alice", default));
        Assert.Equal("allow", await world.AskAsync("acl-allow", world.AliceKey, "acl"));
        await world.PollAsync();
        Assert.Equal("workspace_membership_revoked", await world.AskAsync("acl-allow", world.AliceKey, "acl"));

        await world.ElsewhereAsync(store => new AddMember(store, TimeProvider.System).RunAsync("acme", "alice", "member", default));
        await world.PollAsync();
        Assert.Equal("allow", await world.AskAsync("acl-allow", world.AliceKey, "acl"));
        Assert.Equal(2, world.Acl.Questions.Count);
    }

    [Fact]
    public async Task MemberOfAnotherTenantChanges_NothingIsAskedAgain()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("acl-allow", world.AliceKey, "acl"));

        await world.ElsewhereAsync(store => new AddMember(store, TimeProvider.System).RunAsync("globex", "alice", "member", default));
        await world.PollAsync();
        await world.TakeStoreAwayAsync();

        Assert.Equal("allow", await world.AskAsync("acl-allow", world.AliceKey, "acl"));
        Assert.Single(world.Acl.Questions);
        world.BringStoreBack();
    }

    [Fact]
    public async Task AppIsSwitchedOffByAnotherProcess_HoldsFromTheNextPoll()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));

        world.Keys.Execute("UPDATE Apps SET Status = 'disabled' WHERE Id = 'bot'; INSERT INTO Changes (AppId, At) VALUES ('bot', 0)");
        await world.PollAsync();

        Assert.Equal("service_api_disabled", await world.AskAsync("bot", world.AliceKey));
    }

    [Fact]
    public async Task AppIsMadeAfterItWasAskedFor_HoldsFromTheNextPoll()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("app_not_found", await world.AskAsync("new", world.AliceKey));

        await world.ElsewhereAsync(store => new CreateApp(store, TimeProvider.System).RunAsync(new("new", "acme"), default));
        await world.PollAsync();

        Assert.Equal("allow", await world.AskAsync("new", world.AliceKey));
    }

    [Fact]
    public async Task BudgetIsSetByAnotherProcess_HoldsFromTheNextPoll()
    {
        await using var world = await AppWorld.StartAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));
        await world.ElsewhereAsync(store => new CreateGroup(store, TimeProvider.System).RunAsync("g", default));
        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.Group, "g", 0, default));
        await world.PollAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));

        await world.ElsewhereAsync(store => new AddToGroup(store, TimeProvider.System).RunAsync("g", "alice", default));
        await world.PollAsync();
        Assert.Equal("budget_exceeded", await world.AskAsync("bot", world.AliceKey));

        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.Group, "g", 1, default));
        await world.PollAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));

        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "alice", 0, default));
        await world.PollAsync();
        Assert.Equal("budget_exceeded", await world.AskAsync("bot", world.AliceKey));
    }

    [Fact]
    public async Task SharedBudgetIsSetByAnotherProcess_HoldsFromTheNextPoll_WhateverTheUsersOwnIs()
    {
        await using var world = await AppWorld.StartAsync();
        await world.ElsewhereAsync(store => new CreateGroup(store, TimeProvider.System).RunAsync("g", default));
        await world.ElsewhereAsync(store => new AddToGroup(store, TimeProvider.System).RunAsync("g", "alice", default));
        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "alice", 5, default));
        await world.PollAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));

        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.Purse, "g", 0, default));
        await world.PollAsync();
        var context = world.Context("/apps/bot", world.AliceKey, "path");
        var refusal = Assert.IsType<Decision.Deny>(await world.DecideAsync(context)).Denial;
        Assert.Matches(@"^The budget of this month is spent: US\$0\.00 a month shared by all members of group g\. It frees on \d{4}-\d\d-01 at 00:00 UTC\.$", refusal.Message);
        Assert.Matches(@"^US\$0\.00 a month shared by all members of group g, frees \d{4}-\d\d-01T00:00:00Z$", refusal.Detail);
        Assert.Equal("AI budget of US$0.00 exceeded. Please contact an administrator for more details.", refusal.Plain);
        Assert.Equal("g", context.Purses);

        await world.ElsewhereAsync(store => new RemoveBudget(store, TimeProvider.System).RunAsync(BudgetScope.Purse, "g", default));
        await world.PollAsync();
        Assert.Equal("allow", await world.AskAsync("bot", world.AliceKey));
    }

    /// <summary>Two issuers' equal subjects are two callers; a service of an issuer is one too.</summary>
    [Theory]
    [InlineData(nameof(SubjectType.Account))]
    [InlineData(nameof(SubjectType.EndUser))]
    [InlineData(nameof(SubjectType.Service))]
    public async Task CallerWithAJwt_HasTheBudgetThatIsSetForIt_OrElseItsIssuers(string type)
    {
        await using var world = await AppWorld.StartAsync();
        var subject = Enum.Parse<SubjectType>(type);
        var (bob, other) = (Caller("https://id.example.com"), Caller("https://id.example.com/other"));
        Assert.Equal(("allow", "allow"), (await AskAsync(bob), await AskAsync(other)));

        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "https://id.example.com|bob", 0, default));
        await world.PollAsync();
        Assert.Equal(("budget_exceeded", "allow"), (await AskAsync(bob), await AskAsync(other)));

        // Settings hold at once, and what is set for a caller replaces its issuer's default.
        world.Settings.Current.Settings.Jwt.Add(new() { Issuer = "https://id.example.com", BudgetUsd = 100 });
        world.Settings.Current.Settings.Jwt.Add(new() { Issuer = "https://id.example.com/other", BudgetUsd = 0 });
        Assert.Equal(("budget_exceeded", "budget_exceeded"), (await AskAsync(bob), await AskAsync(other)));
        await world.ElsewhereAsync(store => new SetBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "https://id.example.com/other|bob", 1, default));
        await world.PollAsync();
        Assert.Equal("allow", await AskAsync(other));
        await world.ElsewhereAsync(store => new RemoveBudget(store, TimeProvider.System).RunAsync(BudgetScope.User, "https://id.example.com|bob", default));
        await world.PollAsync();
        Assert.Equal("allow", await AskAsync(bob));

        Identity Caller(string issuer) => AppWorld.Identity(subject, external: ExternalPerson.Of(issuer, "bob"), key: "");

        async Task<string> AskAsync(Identity identity) => AppWorld.Word(await world.DecideAsync(world.Context("/x", identity, "plain")));
    }

    [Fact]
    public async Task OrdinaryAnswer_IsPreparedForAnAppAndOnlyForIt()
    {
        await using var world = await AppWorld.StartAsync();
        var identity = world.AliceKey;
        var first = await AllowAsync("bot");
        var second = await AllowAsync("bot");
        var other = await AllowAsync("acl-allow");

        world.Keys.Execute("INSERT INTO Changes (AppId, At) VALUES ('bot', 0)");
        await world.PollAsync();
        var later = await AllowAsync("bot");

        Assert.Same(first.Edits, second.Edits);
        Assert.Equal("bot", App(first));
        Assert.Equal("acl-allow", App(other));
        Assert.NotSame(first.Edits, later.Edits);

        async Task<Decision.Allow> AllowAsync(string app) => Assert.IsType<Decision.Allow>(await world.DecideAsync(world.Context($"/apps/{app}", identity, "path")));

        static string App(Decision.Allow allow) => allow.Edits.Set.Single(header => header.Key == "x-authsidecar-caller-app").Value;
    }
}
