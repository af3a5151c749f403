using AuthSidecar.Changes;
using AuthSidecar.Keys;

namespace AuthSidecar.Authentication;

/// <summary>One cache for keys whose secret was checked, and one for keys named by id alone: nothing of the second can answer for the first.</summary>
internal sealed class KeyCaches(CacheOptions options, TimeProvider time) : IChangeFollower
{
    public IdentityCache<TokenHash> ByToken { get; } = new(options, time);

    public IdentityCache<string> ById { get; } = new(options, time);

    public void Drop(ChangeSet changes)
    {
        ByToken.Drop(changes);
        ById.Drop(changes);
    }
}
