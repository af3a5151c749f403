using System.Globalization;
using AuthSidecar.Administration.Keys;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <summary>A key: never its hash, and its token only when just issued.</summary>
internal record KeyDocument
{
    public required string Id { get; init; }

    /// <summary>Id of the owner; null for the token of an end user.</summary>
    public string? UserId { get; init; }

    /// <summary>Name of the owner.</summary>
    public string? User { get; init; }

    public string? Name { get; init; }
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>Globs; none: all models.</summary>
    public required IReadOnlyList<string> Models { get; init; }

    public string? Tenant { get; init; }

    /// <summary><c>account</c>, <c>service</c> or <c>end_user</c>.</summary>
    public required string Subject { get; init; }

    public KeyStatus Status { get; init; }

    /// <summary>Limit of the key; null: that of the policy.</summary>
    public int? Permits { get; init; }

    /// <summary>Window of the limit, as <c>60s</c>.</summary>
    public string? Window { get; init; }

    /// <summary>Limit of the key's tokens; null: that of the policy.</summary>
    public long? Tokens { get; init; }

    /// <summary>Window of that limit, as <c>60s</c>.</summary>
    public string? TokenWindow { get; init; }

    /// <summary>Requests of the key that may run at a time; 0: no limit; null: the limit of the policy.</summary>
    public int? Parallel { get; init; }

    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
    public string? LastUsedAddress { get; init; }

    /// <summary>Client of the device flow; null: no device.</summary>
    public string? ClientId { get; init; }

    public string? DeviceLabel { get; init; }

    public static KeyDocument Of(ApiKey key, DateTimeOffset now) =>
        Fill<KeyDocument>(
            new()
            {
                Id = key.Id,
                Scopes = [],
                Models = [],
                Subject = "",
            },
            key,
            now
        );

    protected static T Fill<T>(T document, ApiKey key, DateTimeOffset now)
        where T : KeyDocument =>
        (T)(
            document with
            {
                Id = key.Id,
                UserId = key.UserId,
                User = key.User?.Name,
                Name = key.Name,
                Scopes = SpaceSeparated.Split(key.Scopes),
                Models = SpaceSeparated.Split(key.Models),
                Tenant = key.Tenant,
                Subject = (key.Format == KeyFormat.Ase ? SubjectType.EndUser : key.Subject).ToWireName(),
                Status = KeyStatuses.Of(key, now),
                Permits = key.Permits,
                Window = Seconds(key.Window),
                Tokens = key.Tokens,
                TokenWindow = Seconds(key.TokenWindow),
                Parallel = key.Parallel,
                CreatedAt = key.CreatedAt,
                ExpiresAt = key.ExpiresAt,
                RevokedAt = key.RevokedAt,
                LastUsedAt = key.LastUsedAt,
                LastUsedAddress = key.LastUsedAddress,
                ClientId = key.ClientId,
                DeviceLabel = key.DeviceLabel,
            }
        );

    private static string? Seconds(TimeSpan? window) =>
        window is { } span ? string.Create(CultureInfo.InvariantCulture, $"{span.TotalSeconds:0.######}s") : null;
}

/// <summary>A key and its token, which is shown once.</summary>
internal sealed record IssuedKeyDocument : KeyDocument, IOneTimeSecret
{
    /// <summary>Null in the answer to a repeated request.</summary>
    public string? Token { get; init; }

    public static IssuedKeyDocument Of(IssuedKey issued, DateTimeOffset now) =>
        Fill(
            new IssuedKeyDocument
            {
                Id = "",
                Scopes = [],
                Models = [],
                Subject = "",
            },
            issued.Key,
            now
        ) with
        {
            Token = issued.Token,
        };

    public object WithoutSecret() => this with { Token = null };
}
