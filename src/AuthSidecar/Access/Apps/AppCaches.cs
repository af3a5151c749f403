using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>A user's place in a tenant, or the question whether there is one.</summary>
internal readonly record struct Membership(string TenantId, string UserId);

internal sealed class AppCache(CacheOptions options, TimeProvider time, CacheMetrics metrics, AppReader reader)
    : VerdictCache<string, AppFacts?>(options, time, metrics.Of("app"), reader.FindAsync)
{
    protected override AnswerKind KindOf(AppFacts? answer) => answer is null ? AnswerKind.No : AnswerKind.Yes;

    protected override bool IsTouched(string key, AppFacts? answer, InvalidationSet invalidations) => invalidations.TouchesApp(key);
}

internal sealed class MemberCache(CacheOptions options, TimeProvider time, CacheMetrics metrics, AppReader reader)
    : VerdictCache<Membership, bool>(options, time, metrics.Of("member"), reader.IsMemberAsync)
{
    protected override AnswerKind KindOf(bool answer) => answer ? AnswerKind.Yes : AnswerKind.No;

    protected override bool IsTouched(Membership key, bool answer, InvalidationSet invalidations) =>
        invalidations.TouchesMember(key.TenantId, key.UserId);
}

/// <summary>What the permission service said. Whatever changes about user, key, app or membership is asked for again.</summary>
internal sealed class AclCache(CacheOptions options, TimeProvider time, CacheMetrics metrics, AclClient client)
    : VerdictCache<AclQuestion, bool>(options, time, metrics.Of("acl"), client.AskAsync)
{
    public override Denial DenialWhenUnavailable => Denials.AclUnavailable;

    protected override AnswerKind KindOf(bool answer) => answer ? AnswerKind.Yes : AnswerKind.No;

    protected override bool IsTouched(AclQuestion key, bool answer, InvalidationSet invalidations) =>
        invalidations.TouchesApp(key.App)
        || invalidations.TouchesKey(key.KeyId)
        || (key.UserId is { } user && invalidations.TouchesMember(key.Tenant, user));
}
