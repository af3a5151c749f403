using AuthSidecar.Access.Apps;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Tests.Access.Apps;

/// <summary>The complete table of modes, strategies and subject types; calls of the permission service are in the corpus.</summary>
public class AppAuthorizationStepTests
{
    [Theory]
    [InlineData("public", "Allowed", "Allowed", "Allowed")]
    [InlineData("sso_verified", "Allowed", "Allowed", "Allowed")]
    [InlineData("private_all", "Allowed", "Denied", "Allowed")]
    [InlineData("internal_all", "Allowed", "Denied", "Allowed")]
    [InlineData("private", "Ask", "Denied", "Ask")]
    [InlineData("internal", "Ask", "Denied", "Ask")]
    [InlineData("", "Ask", "Denied", "Ask")]
    [InlineData("Public", "Denied", "Denied", "Denied")]
    [InlineData("none", "Denied", "Denied", "Denied")]
    public void Acl_DecidesByMode(string mode, string account, string endUser, string service) =>
        Assert.Equal([account, endUser, service], Kinds().Select(type => AppAccess.Of(AclStrategy.Acl, mode, type).ToString()));

    [Theory]
    [InlineData("public")]
    [InlineData("private")]
    [InlineData("none")]
    public void Membership_DecidesByKindAlone(string mode) =>
        Assert.Equal(
            [AppVerdict.Allowed, AppVerdict.Denied, AppVerdict.Allowed],
            Kinds().Select(type => AppAccess.Of(AclStrategy.Membership, mode, type))
        );

    [Theory]
    [InlineData(AclStrategy.Acl, "private_all", SubjectType.None)]
    [InlineData(AclStrategy.Acl, "private_all", SubjectType.All)]
    [InlineData(AclStrategy.Membership, "", SubjectType.None)]
    [InlineData((AclStrategy)9, "public", SubjectType.Account)]
    internal void UnknownStrategyModeOrType_IsDenied(AclStrategy strategy, string mode, SubjectType type) =>
        Assert.Equal(AppVerdict.Denied, AppAccess.Of(strategy, mode, type));

    [Fact]
    public async Task EndUser_MayUseAPublicApp_WithoutAPermissionQuery()
    {
        await using var fixture = await AppFixture.StartAsync(hides: true);
        await fixture.AddAppAsync("public", "public");

        Assert.Equal(
            "allow",
            await fixture.AskAsync("public", AppFixture.Identity(SubjectType.EndUser, external: "https://id.example.com|ann"), "acl")
        );
        Assert.Empty(fixture.Acl.Questions);
    }

    private static SubjectType[] Kinds() => [SubjectType.Account, SubjectType.EndUser, SubjectType.Service];
}
