using AuthSidecar.Pipeline;

namespace AuthSidecar.Tests.Apps;

/// <summary>Whom the store keeps no place for. Users and services are in the corpus.</summary>
public class MembershipStepTests
{
    private const string Issuer = "https://id.example.com|ann";

    [Theory]
    [InlineData("bot", "acme", "allow")]
    [InlineData("bot", "globex", "workspace_membership_revoked")]
    [InlineData("bot", null, "workspace_membership_revoked")]
    [InlineData("bot", "", "workspace_membership_revoked")]
    [InlineData("foreign", "globex", "allow")]
    public async Task AccountOfAnIssuer_BelongsWhereItsTokenSays(string app, string? tenant, string expected)
    {
        await using var world = await AppWorld.StartAsync();

        Assert.Equal(expected, await world.AskAsync(app, AppWorld.Identity(SubjectType.Account, tenant: tenant, external: Issuer, key: "")));
    }

    [Fact]
    public async Task AccountOfNobody_BelongsNowhere()
    {
        await using var world = await AppWorld.StartAsync();

        Assert.Equal("workspace_membership_revoked", await world.AskAsync("bot", AppWorld.Identity(SubjectType.Account, tenant: "acme")));
    }

    [Theory]
    [InlineData("bot", null, "subject_no_app_access")]
    [InlineData("bot", "acme", "subject_no_app_access")]
    [InlineData("bot", "globex", "workspace_membership_revoked")]
    [InlineData("off", null, "service_api_disabled")]
    [InlineData("none", null, "app_not_found")]
    public async Task EndUser_IsNeverAMember(string app, string? tenant, string expected)
    {
        await using var world = await AppWorld.StartAsync();

        Assert.Equal(expected, await world.AskAsync(app, AppWorld.Identity(SubjectType.EndUser, tenant: tenant, external: Issuer)));
    }

    [Theory]
    [InlineData("bot")]
    [InlineData("off")]
    [InlineData("none")]
    public async Task EndUser_LearnsOfNoApp_WhereForeignOnesAreHidden(string app)
    {
        await using var world = await AppWorld.StartAsync(hides: true);

        Assert.Equal("app_not_found", await world.AskAsync(app, AppWorld.Identity(SubjectType.EndUser, external: Issuer)));
        Assert.Equal("app_not_found", await world.AskAsync(app, AppWorld.Identity(SubjectType.EndUser, external: Issuer), "acl"));
    }
}
