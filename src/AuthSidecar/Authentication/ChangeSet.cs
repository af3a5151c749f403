using AuthSidecar.Pipeline;
using AuthSidecar.Storage;

namespace AuthSidecar.Authentication;

/// <summary>What a number of changes touched.</summary>
internal sealed class ChangeSet
{
    private readonly HashSet<string> _keys = [];
    private readonly HashSet<string> _users = [];

    public ChangeSet(IEnumerable<Change> changes)
    {
        foreach (var change in changes)
        {
            IsEverything |= change is { KeyId: null, UserId: null };
            if (change.KeyId is { } key)
            {
                _keys.Add(key);
            }

            if (change.UserId is { } user)
            {
                _users.Add(user);
            }
        }
    }

    private ChangeSet() => IsEverything = true;

    public static ChangeSet Everything { get; } = new();

    public bool IsEverything { get; }

    public bool Touches(Identity identity) => _keys.Contains(identity.KeyId) || _users.Contains(identity.UserId);
}
