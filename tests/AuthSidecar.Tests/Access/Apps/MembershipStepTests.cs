using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.Apps;

/// <summary>Callers without memberships in the store. Users and services are in the corpus.</summary>
public class MembershipStepTests
{
    private const string Issuer = "https://id.example.com|ann";

    [Theory]
    [InlineData("bot", "acme", "allow")]
    [InlineData("bot", "globex", "workspace_membership_revoked")]
    [InlineData("bot", null, "workspace_membership_revoked")]
    [InlineData("bot", "", "workspace_membership_revoked")]
    [InlineData("foreign", "globex", "allow")]
    public async Task IssuersAccount_BelongsToItsTokensTenant(string app, string? tenant, string expected)
    {
        await using var fixture = await AppFixture.StartAsync();

        Assert.Equal(
            expected,
            await fixture.AskAsync(app, AppFixture.Identity(SubjectType.Account, tenant: tenant, external: Issuer, key: ""))
        );
    }

    [Fact]
    public async Task AccountWithoutOwner_BelongsToNoTenant()
    {
        await using var fixture = await AppFixture.StartAsync();

        Assert.Equal(
            "workspace_membership_revoked",
            await fixture.AskAsync("bot", AppFixture.Identity(SubjectType.Account, tenant: "acme"))
        );
    }

    [Theory]
    [InlineData("bot", null, "subject_no_app_access")]
    [InlineData("bot", "acme", "subject_no_app_access")]
    [InlineData("bot", "globex", "workspace_membership_revoked")]
    [InlineData("off", null, "service_api_disabled")]
    [InlineData("none", null, "app_not_found")]
    public async Task EndUser_IsNeverAMember(string app, string? tenant, string expected)
    {
        await using var fixture = await AppFixture.StartAsync();

        Assert.Equal(expected, await fixture.AskAsync(app, AppFixture.Identity(SubjectType.EndUser, tenant: tenant, external: Issuer)));
    }

    [Theory]
    [InlineData("bot")]
    [InlineData("off")]
    [InlineData("none")]
    public async Task EndUser_GetsNotFound_WhenForeignAppsAreHidden(string app)
    {
        await using var fixture = await AppFixture.StartAsync(hides: true);

        Assert.Equal("app_not_found", await fixture.AskAsync(app, AppFixture.Identity(SubjectType.EndUser, external: Issuer)));
        Assert.Equal("app_not_found", await fixture.AskAsync(app, AppFixture.Identity(SubjectType.EndUser, external: Issuer), "acl"));
    }
}
