using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Invalidation;

namespace AuthSidecar.Access.Apps;

/// <summary>Key of a membership: whether the user is a member of the tenant.</summary>
internal readonly record struct Membership(string TenantId, string UserId);

internal sealed class AppCache(CacheOptions options, TimeProvider time, CacheMetrics metrics, AppReader reader)
    : VerdictCache<string, AppFacts?>(options, time, metrics.Of("app"), reader.FindAsync, isOfStore: true)
{
    protected override AnswerKind KindOf(AppFacts? answer) => answer is null ? AnswerKind.No : AnswerKind.Yes;

    protected override bool IsTouched(string key, AppFacts? answer, InvalidationSet invalidations) => invalidations.TouchesApp(key);
}

internal sealed class MemberCache(CacheOptions options, TimeProvider time, CacheMetrics metrics, AppReader reader)
    : VerdictCache<Membership, bool>(options, time, metrics.Of("member"), reader.IsMemberAsync, isOfStore: true)
{
    protected override AnswerKind KindOf(bool answer) => answer ? AnswerKind.Yes : AnswerKind.No;

    protected override bool IsTouched(Membership key, bool answer, InvalidationSet invalidations) =>
        invalidations.TouchesMember(key.TenantId, key.UserId);
}

/// <summary>Verdicts of the permission service; invalidated by changes of the app, the key, the user or the membership.</summary>
internal sealed class AclCache(CacheOptions options, TimeProvider time, CacheMetrics metrics, AclClient client)
    : VerdictCache<AclRequest, bool>(options, time, metrics.Of("acl"), client.IsAllowedAsync, isOfStore: false)
{
    public override Denial DenialWhenUnavailable => Denials.AclUnavailable;

    protected override AnswerKind KindOf(bool answer) => answer ? AnswerKind.Yes : AnswerKind.No;

    protected override bool IsTouched(AclRequest key, bool answer, InvalidationSet invalidations) =>
        invalidations.TouchesApp(key.App)
        || invalidations.TouchesKey(key.KeyId)
        || (key.UserId is { } user && invalidations.TouchesMember(key.Tenant, user));
}
