using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Invalidation;

/// <summary>The ids of a batch of invalidations.</summary>
internal sealed class InvalidationSet
{
    private readonly HashSet<string> _keys = [];
    private readonly HashSet<string> _users = [];
    private readonly HashSet<string> _apps = [];
    private readonly HashSet<(string Tenant, string User)> _members = [];

    public InvalidationSet(IEnumerable<CacheInvalidation> invalidations)
    {
        foreach (var invalidation in invalidations)
        {
            IsEverything |= invalidation is { KeyId: null, UserId: null, TenantId: null, AppId: null };
            if (invalidation.KeyId is { } key)
            {
                _keys.Add(key);
            }

            if (invalidation is { TenantId: { } tenant, UserId: { } member })
            {
                _members.Add((tenant, member));
            }
            else if (invalidation.UserId is { } user)
            {
                _users.Add(user);
            }

            if (invalidation.AppId is { } app)
            {
                _apps.Add(app);
            }
        }
    }

    private InvalidationSet() => IsEverything = true;

    public static InvalidationSet Everything { get; } = new();

    public bool IsEverything { get; }

    public bool Touches(Identity identity) =>
        _keys.Contains(identity.KeyId)
        || _keys.Contains(identity.Line)
        || ((identity.UserId ?? identity.ExternalSubject) is { } user && _users.Contains(user));

    public bool TouchesUser(string userId) => IsEverything || _users.Contains(userId);

    public bool TouchesKey(string keyId) => IsEverything || _keys.Contains(keyId);

    public bool TouchesMember(string tenantId, string userId) => TouchesUser(userId) || _members.Contains((tenantId, userId));

    public bool TouchesApp(string appId) => IsEverything || _apps.Contains(appId);
}
