using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// State of a device's request for a token. <see cref="Denied"/>, <see cref="Consumed"/> and <see cref="Expired"/> are final.
/// </summary>
internal enum GrantStatus
{
    Pending,

    /// <summary>The key's row exists, without a token until the device collects it.</summary>
    Approved,
    Denied,

    /// <summary>The device has its token.</summary>
    Consumed,

    /// <summary>Neither decided nor collected in time.</summary>
    Expired,
}

/// <summary>A device's request for a token (RFC 8628). Holds neither code nor token, but HMACs of the codes under the peppers.</summary>
internal sealed class DeviceGrant
{
    /// <summary>UUID of version 7.</summary>
    public required string Id { get; init; }

    public required byte[] DeviceCodeHash { get; init; }

    /// <summary>Unique as long as the row is kept, so that no code is given out again meanwhile.</summary>
    public required byte[] UserCodeHash { get; init; }

    public required string ClientId { get; init; }
    public required string DeviceLabel { get; init; }

    /// <summary>As asked for, separated by single spaces; empty: all of the client's.</summary>
    public required string Scopes { get; init; }

    /// <summary>Client address of the request.</summary>
    public string? Address { get; init; }

    /// <summary>User-Agent header of the request, shortened.</summary>
    public string? Agent { get; init; }

    public GrantStatus Status { get; init; }

    /// <summary>Key made by the approval.</summary>
    public string? TokenId { get; init; }

    /// <summary>Address that the identity provider gave, for display; null for accounts.</summary>
    public string? SubjectEmail { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>The codes are dead from this instant on.</summary>
    public DateTimeOffset ExpiresAt { get; init; }

    public DateTimeOffset? DecidedAt { get; init; }

    /// <summary>Time of the device's last poll, whatever its answer.</summary>
    public DateTimeOffset? LastPollAt { get; init; }

    /// <summary>Time at which the device got its token, or the denial; later polls get neither.</summary>
    public DateTimeOffset? AnsweredAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<DeviceGrant>
    {
        public void Configure(EntityTypeBuilder<DeviceGrant> builder)
        {
            builder.HasKey(grant => grant.Id);
            builder.Property(grant => grant.Status).HasConversion<LowerCaseConverter<GrantStatus>>();
            builder.HasIndex(grant => grant.DeviceCodeHash).IsUnique();
            builder.HasIndex(grant => grant.UserCodeHash).IsUnique();
            builder.HasIndex(grant => grant.ExpiresAt);
        }
    }
}
