using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Access.Identities;

/// <summary>The columns of a stored key and its owner that authentication needs.</summary>
internal sealed class KeyRecord
{
    public required string Id { get; init; }
    public byte[]? Hash { get; init; }
    public string? Pepper { get; init; }
    public KeyFormat Format { get; init; }
    public bool IsHashImported { get; init; }
    public string? UserId { get; init; }
    public string? LineId { get; init; }
    public string? ExternalIssuer { get; init; }
    public string? ExternalSubject { get; init; }
    public required string Scopes { get; init; }
    public required string Models { get; init; }
    public string? Tenant { get; init; }
    public SubjectType Subject { get; init; }
    public int? Permits { get; init; }
    public TimeSpan? Window { get; init; }
    public long? Tokens { get; init; }
    public TimeSpan? TokenWindow { get; init; }
    public int? Parallel { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? ExpiredAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>Null: the key has no owner, or the owner does not exist.</summary>
    public string? Username { get; init; }

    public UserStatus? UserStatus { get; init; }
    public bool? IsSystemUser { get; init; }
}
