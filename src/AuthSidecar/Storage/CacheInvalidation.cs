using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>What replicas must forget: written in the transaction of the change itself, read in order of <see cref="Sequence"/>. No id at all: everything.</summary>
internal sealed class CacheInvalidation
{
    /// <summary>Grows and is never used again, also not after rows were removed.</summary>
    public long Sequence { get; init; }

    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? TenantId { get; init; }
    public string? AppId { get; init; }
    public DateTimeOffset At { get; init; }

    public static CacheInvalidation OfKey(string id, DateTimeOffset at) => new() { KeyId = id, At = at };

    public static CacheInvalidation OfUser(string id, DateTimeOffset at) => new() { UserId = id, At = at };

    public static CacheInvalidation OfMember(string tenantId, string userId, DateTimeOffset at) => new() { TenantId = tenantId, UserId = userId, At = at };

    public static CacheInvalidation OfTenant(string id, DateTimeOffset at) => new() { TenantId = id, At = at };

    public static CacheInvalidation OfApp(string id, DateTimeOffset at) => new() { AppId = id, At = at };

    /// <summary>More than can be named, such as an import.</summary>
    public static CacheInvalidation OfEverything(DateTimeOffset at) => new() { At = at };

    internal sealed class Mapping : IEntityTypeConfiguration<CacheInvalidation>
    {
        public void Configure(EntityTypeBuilder<CacheInvalidation> builder) => builder.ToTable("Changes").HasKey(row => row.Sequence);
    }
}
