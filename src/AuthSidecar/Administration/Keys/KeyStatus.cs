using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Keys;

internal enum KeyStatus
{
    Active,

    /// <summary>In force, but expires within <see cref="KeyStatuses.Soon"/>. Never a device's token: its life is about as long.</summary>
    Expiring,
    Expired,
    Revoked,
}

/// <summary>The status of keys, of one and in queries.</summary>
internal static class KeyStatuses
{
    public static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public static IReadOnlyList<string> Names { get; } = [.. Enum.GetValues<KeyStatus>().Select(NameOf)];

    public static KeyStatus Of(ApiKey key, DateTimeOffset now) =>
        key.RevokedAt is not null ? KeyStatus.Revoked
        : key.ExpiredAt is not null || key.ExpiresAt < now ? KeyStatus.Expired
        : key.ClientId is null && key.ExpiresAt <= now + Soon ? KeyStatus.Expiring
        : KeyStatus.Active;

    public static string NameOf(KeyStatus status) => status.ToString().ToLowerInvariant();

    /// <summary>Keys of a status.</summary>
    public static IQueryable<ApiKey> Of(IQueryable<ApiKey> keys, KeyStatus status, DateTimeOffset now)
    {
        var soon = now + Soon;
        return status switch
        {
            KeyStatus.Revoked => keys.Where(key => key.RevokedAt != null),
            KeyStatus.Expired => keys.Where(key => key.RevokedAt == null && (key.ExpiredAt != null || key.ExpiresAt < now)),
            KeyStatus.Expiring => ExpiringBefore(keys, soon, now).Where(key => key.ClientId == null),
            _ => InForce(keys, now).Where(key => key.ExpiresAt == null || key.ExpiresAt > soon || key.ClientId != null),
        };
    }

    /// <summary>Keys in force that expire at this instant or before.</summary>
    public static IQueryable<ApiKey> ExpiringBefore(IQueryable<ApiKey> keys, DateTimeOffset end, DateTimeOffset now) =>
        InForce(keys, now).Where(key => key.ExpiresAt <= end);

    public static IQueryable<ApiKey> InForce(IQueryable<ApiKey> keys, DateTimeOffset now) =>
        keys.Where(key => key.RevokedAt == null && key.ExpiredAt == null && (key.ExpiresAt == null || key.ExpiresAt >= now));
}
