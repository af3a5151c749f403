using AuthSidecar.Access.Companion;
using AuthSidecar.Access.Identities;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Usage.Pipeline;

namespace AuthSidecar.Tests.Access.Companion;

/// <summary>Unknown values are null, as in reports of Check.</summary>
public sealed class AuthorizerUsageReporterTests
{
    private readonly UsageQueue _queue = new(4);

    [Theory]
    [InlineData(SubjectType.EndUser, "", null, "okta|u1", null, "okta|u1")]
    [InlineData(
        SubjectType.Account,
        "key0000000id",
        "5f0c7a3e-0000-0000-0000-000000000001",
        null,
        "key0000000id",
        "5f0c7a3e-0000-0000-0000-000000000001"
    )]
    [InlineData(SubjectType.Service, "key0000000id", "5f0c7a3e-0000-0000-0000-000000000001", null, "key0000000id", null)]
    [InlineData(SubjectType.Service, "", null, "okta|job", null, "okta|job")]
    public void Caller_IsTheIdentityThatIsKnown(
        object type,
        string keyId,
        string? user,
        string? external,
        string? expectedKey,
        string? expectedUser
    )
    {
        var identity = new Identity(keyId, (SubjectType)type, user, null, ["full"], "acme", null) { ExternalSubject = external };
        var reporter = new AuthorizerUsageReporter(_queue, TimeProvider.System);

        reporter.Report(identity);
        reporter.Report(identity, "rate_limited");

        Assert.Equal(("allow", null, expectedKey, expectedUser, "acme"), Facts(Part()));
        Assert.Equal(("deny", "rate_limited", expectedKey, expectedUser, "acme"), Facts(Part()));
    }

    [Fact]
    public void RefusalsWithoutAnIdentity_AreCounted()
    {
        using var refusals = new RefusalCounts(_queue, new() { RefusalRowsPerMinute = 1 }, TimeProvider.System);
        var reporter = new AuthorizerUsageReporter(_queue, TimeProvider.System, refusals);

        for (var call = 0; call < 100; call++)
        {
            reporter.Report(AuthenticationFailure.UnknownKey, "unknown_key");
        }

        refusals.Flush();
        Assert.InRange(_queue.Depth, 2, 4);
        Assert.Equal(0, _queue.Dropped);
    }

    [Fact]
    public void CallerOfARevokedKey_IsNamedInTheRow()
    {
        var reporter = new AuthorizerUsageReporter(_queue, TimeProvider.System);
        var owner = new Identity("key1", SubjectType.Account, "user1", "alice", ["full"], "acme", null);

        reporter.Report(AuthenticationResult.Denied(AuthenticationFailure.RevokedKey, owner), "revoked_key");

        Assert.Equal(("deny", "revoked_key", "key1", "user1", "acme"), Facts(Part()));
    }

    private static (string?, string?, string?, string?, string?) Facts(UsageReport part) =>
        (part.Decision, part.Reason, part.KeyId, part.UserId, part.Tenant);

    private UsageReport Part()
    {
        var parts = new List<UsageReport>();
        _queue.TakeInto(parts, 1);
        return Assert.Single(parts);
    }
}
