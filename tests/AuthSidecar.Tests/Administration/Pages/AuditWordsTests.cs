using AuthSidecar.Administration.Pages.Admin;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Tests.Administration.Pages;

public sealed class AuditWordsTests
{
    private static readonly Names _names = new(
        new Dictionary<string, string> { ["u1"] = "alice" },
        new Dictionary<string, string> { ["k1"] = "ci-runner" }
    );

    [Theory]
    [InlineData("budget.created", "user:u1", "user alice")]
    [InlineData("budget.created", "key:k1", "key ci-runner")]
    [InlineData("budget.created", "shared:research", "members of research together")]
    [InlineData("budget.created", "group:research", "each member of research")]
    [InlineData("groupmember.created", "research:u1", "alice in research")]
    [InlineData("member.removed", "acme:u2", "u2 in acme")]
    [InlineData("price.created", "openai:gpt-5.1*:2026-01-01", "gpt-5.1* of openai from 2026-01-01")]
    [InlineData("group.created", "research", "research")]
    [InlineData("usage.pruned", null, "–")]
    public void ATarget_IsNamed(string action, string? id, string words) => Assert.Equal(words, AuditWords.Target(Row(action, id), _names));

    [Fact]
    public void ASession_IsThatOfItsUser() =>
        Assert.Equal("alice", AuditWords.Target(Row("session.created", "s1", after: """{"userId":"u1"}"""), _names));

    [Theory]
    [InlineData("budget.changed", """{"limitMicros":20000000}""", """{"limitMicros":12500000}""", "limit: $ 20.00 → $ 12.50")]
    [InlineData("price.created", null, """{"cachedRead":300000}""", "cached read:  → $ 0.30")]
    [InlineData("session.created", null, """{"userId":"u1"}""", "user:  → alice")]
    [InlineData("key.revoked", null, """{"revokedAt":"2026-11-30T05:52:00Z"}""", "revoked at:  → 30 Nov 2026, 05:52")]
    [InlineData("app.created", null, """{"tenantId":"acme"}""", "tenant:  → acme")]
    public void AChange_HasNames_AndUnits(string action, string? before, string? after, string words) =>
        Assert.Equal(
            words,
            string.Join(
                "; ",
                AuditWords.Changes(Row(action, "x", before, after), _names).Select(one => $"{one.Name}: {one.Before} → {one.After}")
            )
        );

    private static AuditEvent Row(string action, string? id, string? before = null, string? after = null) =>
        AuditEvent.Of(action, id, null, before, after, DateTimeOffset.UnixEpoch);
}
