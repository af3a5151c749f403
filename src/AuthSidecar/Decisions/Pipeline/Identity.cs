using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>What authentication established about a credential: facts only, shared by every request that presents it.</summary>
/// <param name="KeyId">Id of the key or token; never the secret.</param>
/// <param name="Type">Who it stands for.</param>
/// <param name="UserId">Owner's id (lower-case UUID); null when no user of the store owns it.</param>
/// <param name="Username">Owner's name, or null.</param>
/// <param name="Scopes">Granted scopes; <c>full</c> is every one.</param>
/// <param name="Tenant">Tenant the key is bound to, or null.</param>
/// <param name="ExpiresAt">Last instant at which it is valid, or null.</param>
internal sealed record Identity(
    string KeyId,
    SubjectType Type,
    string? UserId,
    string? Username,
    IReadOnlyList<string> Scopes,
    string? Tenant,
    DateTimeOffset? ExpiresAt
)
{
    /// <summary>What an identity provider calls the caller, with the provider's own name; null for a user of the store.</summary>
    public string? ExternalSubject { get; init; }

    /// <summary>What to call it: the owner, or the key itself when no person owns it.</summary>
    public string Subject => ExternalSubject ?? (Type == SubjectType.Service ? KeyId : UserId ?? KeyId);

    /// <summary>Id of the first of the keys that took each other's place; null: the key's own.</summary>
    public string? LineId { get; init; }

    /// <summary>What a key and those that took its place are counted as; empty without a key.</summary>
    public string Line => LineId ?? KeyId;

    /// <summary>
    /// Who calls and spends, by id or as <see cref="ExternalPerson"/>; null for a service's key, whose owner is only its maker. A service
    /// that an identity provider knows is one of its own.
    /// </summary>
    public string? Person =>
        Type != SubjectType.Service ? UserId ?? ExternalSubject
        : KeyId.Length == 0 ? ExternalSubject
        : null;

    /// <summary>
    /// Whose requests are counted together: the key's and its line's, however it was presented; without one the subject's.
    /// </summary>
    public string Account => KeyId.Length > 0 ? Line : Subject;

    /// <summary>Whose open sockets are counted together: the subject's, or a service's line of keys.</summary>
    public string SocketOwner => Subject == KeyId ? Line : Subject;

    /// <summary>Globs of the models the key may use; empty: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>The key's own limit, replacing the policy's; null: none of its own.</summary>
    public KeyLimit? Limit { get; init; }

    /// <summary>Memory of <see cref="AnswerCache"/>.</summary>
    public AnswerCache.Slot Answers { get; } = new();
}

/// <summary>At most <paramref name="Permits"/> requests in any <paramref name="Window"/>; 0 permits: no limit.</summary>
internal sealed record KeyLimit(int Permits, TimeSpan Window);
