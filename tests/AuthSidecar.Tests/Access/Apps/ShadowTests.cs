using System.Text.Json;
using AuthSidecar.Administration.Budgets;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Service;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Tests.Access.Apps;

/// <summary>
/// The decision log contains the denials that a shadow policy does not enforce. Allowed and denied requests are in the corpus.
/// </summary>
public class ShadowTests
{
    [Theory]
    [InlineData("/apps/acl-allow", "account", "a b", "alice", null)]
    [InlineData("/apps/acl-allow", "service", "a b", "alice", "wrong_surface")]
    [InlineData("/apps/acl-allow", "account", "a", "alice", "insufficient_scope")]
    [InlineData("/elsewhere", "account", "a b", "alice", "app_not_found")]
    [InlineData("/apps/none", "account", "a b", "alice", "app_not_found")]
    [InlineData("/apps/off", "account", "a b", "alice", "service_api_disabled subject_no_app_access")]
    [InlineData("/apps/bot", "account", "a b", "alice", "subject_no_app_access")]
    [InlineData("/apps/acl-allow", "account", "a b", "bob", "workspace_membership_revoked")]
    [InlineData("/apps/bot", "service", "", "broke", "wrong_surface insufficient_scope subject_no_app_access")]
    [InlineData(
        "/apps/bot",
        "account",
        "",
        "broke",
        "budget_exceeded insufficient_scope workspace_membership_revoked subject_no_app_access"
    )]
    public async Task RefusalThatPasses_IsLogged(string path, string type, string scopes, string user, string? shadowed)
    {
        await using var fixture = await AppFixture.StartAsync();
        var owner = user == "alice" ? fixture.Alice : await fixture.Keys.CreateUserAsync(user);
        if (user == "broke")
        {
            Assert.Null(
                (await new SetBudget(fixture.Keys.Store, TimeProvider.System).RunAsync(BudgetScope.User, "broke", 0, default)).Refusal
            );
        }

        var kind = type == "service" ? SubjectType.Service : SubjectType.Account;
        var identity = AppFixture.Identity(kind, owner.Id, kind == SubjectType.Service ? "acme" : null) with
        {
            Scopes = scopes.Split(' ', StringSplitOptions.RemoveEmptyEntries),
        };
        var context = fixture.Context(path, identity, "shadow", "GET");

        var decision = await fixture.DecideAsync(context);

        Assert.Equal("allow", AppFixture.Word(decision));
        Assert.Equal(shadowed, Logged(context, decision));
    }

    [Fact]
    public async Task ModelThatPasses_IsLogged()
    {
        await using var fixture = await AppFixture.StartAsync();
        var context = fixture.Context(
            "/v1beta/models/imagen-3:predict",
            AppFixture.Identity(SubjectType.Account, fixture.Alice.Id) with
            {
                Scopes = ["a", "b"],
            },
            "shadow"
        );

        var decision = await fixture.DecideAsync(context);

        Assert.Equal("allow", AppFixture.Word(decision));
        Assert.Equal("app_not_found model_not_allowed", Logged(context, decision));
    }

    [Fact]
    public async Task StoreIsGone_DoesNotPass()
    {
        await using var fixture = await AppFixture.StartAsync();
        await fixture.TakeStoreAwayAsync();

        Assert.Equal("store_unavailable", await fixture.AskAsync("bot", fixture.AliceKey, "shadow"));
        fixture.BringStoreBack();
    }

    private static string? Logged(CheckContext context, Decision decision)
    {
        using var output = new MemoryStream();
        new DecisionLog(TimeProvider.System, output).Write(context, decision, TimeSpan.Zero);

        using var line = JsonDocument.Parse(output.ToArray());
        return line.RootElement.TryGetProperty("shadowed", out var shadowed) ? shadowed.GetString() : null;
    }
}
