using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// An entry of the table <c>Changes</c>: ids whose cached data is stale, written in the transaction of the change and read in order of
/// <see cref="Sequence"/>. Without ids: everything.
/// </summary>
internal sealed class CacheInvalidation
{
    /// <summary>Increasing; never reused, even after rows are removed.</summary>
    public long Sequence { get; init; }

    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? TenantId { get; init; }
    public string? AppId { get; init; }
    public DateTimeOffset At { get; init; }

    public static CacheInvalidation OfKey(string id, DateTimeOffset at) => new() { KeyId = id, At = at };

    public static CacheInvalidation OfUser(string id, DateTimeOffset at) => new() { UserId = id, At = at };

    public static CacheInvalidation OfMember(string tenantId, string userId, DateTimeOffset at) =>
        new()
        {
            TenantId = tenantId,
            UserId = userId,
            At = at,
        };

    public static CacheInvalidation OfTenant(string id, DateTimeOffset at) => new() { TenantId = id, At = at };

    public static CacheInvalidation OfApp(string id, DateTimeOffset at) => new() { AppId = id, At = at };

    /// <summary>A change too large to name ids, such as an import.</summary>
    public static CacheInvalidation OfEverything(DateTimeOffset at) => new() { At = at };

    internal sealed class Mapping : IEntityTypeConfiguration<CacheInvalidation>
    {
        public void Configure(EntityTypeBuilder<CacheInvalidation> builder) => builder.ToTable("Changes").HasKey(row => row.Sequence);
    }
}
