using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Commands;

/// <summary>A user in command output.</summary>
internal sealed record UserDocument(string Id, string Name, string? Email, string Role, string Status, bool System)
{
    public static UserDocument Of(User user) => new(user.Id, user.Name, user.Email, NameOf(user.Role), NameOf(user.Status), user.IsSystem);

    private static string NameOf<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}

internal sealed record IdentityDocument(string Issuer, string Subject);

/// <summary>All of a user in command output.</summary>
internal sealed record UserDetailsDocument(
    string Id,
    string Name,
    string? DisplayName,
    string? Email,
    string Role,
    string Status,
    bool System,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    DateTimeOffset? LastLoginAt,
    IReadOnlyList<IdentityDocument> Identities
)
{
    public static UserDetailsDocument Of(ShownUser shown)
    {
        var (user, document) = (shown.User, UserDocument.Of(shown.User));
        return new(
            user.Id,
            user.Name,
            user.DisplayName,
            user.Email,
            document.Role,
            document.Status,
            user.IsSystem,
            user.CreatedAt,
            user.UpdatedAt,
            user.LastLoginAt,
            [.. shown.Identities.Select(identity => new IdentityDocument(identity.Issuer, identity.Subject))]
        );
    }
}

/// <summary>A session in command output: never its secret.</summary>
internal sealed record SessionDocument(
    string Id,
    string UserId,
    string? User,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    string? Address,
    string? Agent
)
{
    public static SessionDocument Of(Session session) =>
        new(session.Id, session.UserId, session.User?.Name, session.CreatedAt, session.LastSeenAt, session.Address, session.Agent);
}

/// <summary>Token of a device in command output: never its secret.</summary>
internal sealed record DeviceDocument(
    string Id,
    string? UserId,
    string? User,
    string? Issuer,
    string? Subject,
    string? Client,
    string? Label,
    IReadOnlyList<string> Scopes,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt,
    DateTimeOffset? LastUsedAt,
    string? LastUsedAddress
)
{
    public static DeviceDocument Of(ApiKey key) =>
        new(
            key.Id,
            key.UserId,
            key.User?.Name,
            key.ExternalIssuer,
            key.ExternalSubject,
            key.ClientId,
            key.DeviceLabel ?? key.Name,
            SpaceSeparated.Split(key.Scopes),
            key.CreatedAt,
            key.ExpiresAt,
            key.RevokedAt,
            key.LastUsedAt,
            key.LastUsedAddress
        );
}

/// <summary>An event of the audit trail in command output.</summary>
internal sealed record AuditDocument(
    long Sequence,
    DateTimeOffset At,
    string ActorKind,
    string? ActorId,
    string Actor,
    string? Address,
    string Action,
    string? TargetId,
    string? Target,
    JsonNode? Before,
    JsonNode? After
)
{
    public static AuditDocument Of(AuditEvent row) =>
        new(
            row.Sequence,
            row.At,
            row.ActorKind.ToString().ToLowerInvariant(),
            row.ActorId,
            row.ActorName,
            row.Address,
            row.Action,
            row.TargetId,
            row.TargetName,
            row.Before is null ? null : JsonNode.Parse(row.Before),
            row.After is null ? null : JsonNode.Parse(row.After)
        );
}

internal sealed record AppDocument(string Id, string Tenant, string Mode, string Status)
{
    public static AppDocument Of(App app) => new(app.Id, app.TenantId, app.Mode, app.Status.ToString().ToLowerInvariant());
}

internal sealed record MemberDocument(string Tenant, string? User, string UserId, string Role)
{
    public static MemberDocument Of(Member member) => new(member.TenantId, member.User?.Name, member.UserId, member.Role);

    public static MemberDocument Of(ListedMember member) => new(member.Tenant, member.User, member.UserId, member.Role);
}

/// <summary>A price as a line of an import.</summary>
internal sealed record PriceDocument(
    string Provider,
    string Model,
    DateTimeOffset From,
    long? Input,
    long? Output,
    long? CachedRead,
    long? CachedWrite,
    long? Reasoning
)
{
    public static PriceDocument Of(Price price) =>
        new(price.Provider, price.Model, price.From, price.Input, price.Output, price.CachedRead, price.CachedWrite, price.Reasoning);
}

/// <summary>A key in command output: never a hash, and a token only when just issued.</summary>
internal sealed record KeyDocument
{
    public required string Id { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Token { get; init; }

    public string? UserId { get; init; }
    public string? User { get; init; }
    public string? Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }
    public required IReadOnlyList<string> Models { get; init; }
    public string? Tenant { get; init; }
    public required string Subject { get; init; }
    public required string Status { get; init; }
    public int? Permits { get; init; }
    public string? Window { get; init; }
    public long? Tokens { get; init; }
    public string? TokenWindow { get; init; }
    public int? Parallel { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Pepper { get; init; }

    public static KeyDocument Of(IssuedKey issued, DateTimeOffset now) => Of(issued.Key, now) with { Token = issued.Token };

    public static KeyDocument Of(ApiKey key, DateTimeOffset now) =>
        new()
        {
            Id = key.Id,
            UserId = key.UserId,
            User = key.User?.Name,
            Name = key.Name,
            Scopes = SpaceSeparated.Split(key.Scopes),
            Models = SpaceSeparated.Split(key.Models),
            Tenant = key.Tenant,
            Subject = (key.Format == KeyFormat.Ase ? SubjectType.EndUser : key.Subject).ToWireName(),
            Status = KeyStatuses.NameOf(KeyStatuses.Of(key, now)),
            Permits = key.Permits,
            Window = key.Window is { } window ? Durations.Format(window) : null,
            Tokens = key.Tokens,
            TokenWindow = key.TokenWindow is { } tokenWindow ? Durations.Format(tokenWindow) : null,
            Parallel = key.Parallel,
            CreatedAt = key.CreatedAt,
            ExpiresAt = key.ExpiresAt,
            RevokedAt = key.RevokedAt,
            LastUsedAt = key.LastUsedAt,
        };
}
