using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The result of authenticating a credential, shared by all requests that present it.</summary>
/// <param name="KeyId">Id of the key or token; never the secret.</param>
/// <param name="Type">Type of the subject.</param>
/// <param name="UserId">Id of the owner (lower-case UUID); null without an owner in the store.</param>
/// <param name="Username">Name of the owner, or null.</param>
/// <param name="Scopes">Granted scopes; <c>full</c> grants all.</param>
/// <param name="Tenant">Tenant the key is bound to, or null.</param>
/// <param name="ExpiresAt">Last instant of validity, or null.</param>
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
    /// <summary>Subject at an identity provider, as <see cref="ExternalPerson"/>; null for a user of the store.</summary>
    public string? ExternalSubject { get; init; }

    /// <summary>Name in logs and metadata: the owner, or the key id without one.</summary>
    public string Subject => ExternalSubject ?? (Type == SubjectType.Service ? KeyId : UserId ?? KeyId);

    /// <summary>Id of the first key of the line; null: this key is the first.</summary>
    public string? LineId { get; init; }

    /// <summary>The key line, to which budgets and limits belong; empty without a key.</summary>
    public string Line => LineId ?? KeyId;

    /// <summary>
    /// The person whose user budget is charged: a user id or an <see cref="ExternalPerson"/>. Null for a service's key, whose owner only
    /// created it; a service of an identity provider counts as a person.
    /// </summary>
    public string? Person =>
        Type != SubjectType.Service ? UserId ?? ExternalSubject
        : KeyId.Length == 0 ? ExternalSubject
        : null;

    /// <summary>Rate limit account: the key line, or the subject without a key.</summary>
    public string Account => KeyId.Length > 0 ? Line : Subject;

    /// <summary>Socket cap account: the subject, or the key line of a service.</summary>
    public string SocketOwner => Subject == KeyId ? Line : Subject;

    /// <summary>Globs of the models that the key may use; empty: all.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Limits of those models, which replace the policy's; null: there are none.</summary>
    public ModelLimits? ModelLimits { get; init; }

    /// <summary>Limit of the key, which replaces the policy's; null: none.</summary>
    public KeyLimit? Limit { get; init; }

    /// <summary>Limit of the key's tokens, which replaces the policy's; null: none.</summary>
    public TokenLimit? TokenLimit { get; init; }

    /// <summary>The key's own number of requests that may run at a time, which replaces the policy's; 0: no limit; null: none.</summary>
    public int? Parallel { get; init; }

    /// <summary>Entries of <see cref="AnswerCache"/> for this identity.</summary>
    public AnswerCache.Slot Answers { get; } = new();
}

/// <summary>At most <paramref name="Permits"/> requests in any <paramref name="Window"/>; 0 permits: no limit.</summary>
internal sealed record KeyLimit(int Permits, TimeSpan Window);

/// <summary>At most <paramref name="Tokens"/> tokens in any <paramref name="Window"/>; 0 tokens: no limit.</summary>
internal sealed record TokenLimit(long Tokens, TimeSpan Window);
