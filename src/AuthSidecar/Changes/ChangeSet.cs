using AuthSidecar.Pipeline;
using AuthSidecar.Storage;

namespace AuthSidecar.Changes;

/// <summary>What a number of changes touched.</summary>
internal sealed class ChangeSet
{
    private readonly HashSet<string> _keys = [];
    private readonly HashSet<string> _users = [];
    private readonly HashSet<string> _apps = [];
    private readonly HashSet<(string Tenant, string User)> _members = [];

    public ChangeSet(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            IsEverything |= change is { KeyId: null, UserId: null, TenantId: null, AppId: null };
            if (change.KeyId is { } key)
            {
                _keys.Add(key);
            }

            if (change is { TenantId: { } tenant, UserId: { } member })
            {
                _members.Add((tenant, member));
            }
            else if (change.UserId is { } user)
            {
                _users.Add(user);
            }

            if (change.AppId is { } app)
            {
                _apps.Add(app);
            }
        }
    }

    private ChangeSet() => IsEverything = true;

    public static ChangeSet Everything { get; } = new();

    public bool IsEverything { get; }

    public bool Touches(Identity identity) =>
        _keys.Contains(identity.KeyId) || _keys.Contains(identity.Line) || ((identity.UserId ?? identity.ExternalSubject) is { } user && _users.Contains(user));

    public bool TouchesUser(string userId) => IsEverything || _users.Contains(userId);

    public bool TouchesKey(string keyId) => IsEverything || _keys.Contains(keyId);

    public bool TouchesMember(string tenantId, string userId) => TouchesUser(userId) || _members.Contains((tenantId, userId));

    public bool TouchesApp(string appId) => IsEverything || _apps.Contains(appId);
}
