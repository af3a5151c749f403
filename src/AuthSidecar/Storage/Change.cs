using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>What replicas must forget: written in the transaction of the change itself, read in order of <see cref="Sequence"/>. No id at all: everything.</summary>
internal sealed class Change
{
    /// <summary>Grows and is never used again, also not after rows were removed.</summary>
    public long Sequence { get; init; }

    public string? KeyId { get; init; }
    public string? UserId { get; init; }
    public string? TenantId { get; init; }
    public string? AppId { get; init; }
    public DateTimeOffset At { get; init; }

    public static Change OfKey(string id, DateTimeOffset at) => new() { KeyId = id, At = at };

    public static Change OfUser(string id, DateTimeOffset at) => new() { UserId = id, At = at };

    public static Change OfMember(string tenantId, string userId, DateTimeOffset at) => new() { TenantId = tenantId, UserId = userId, At = at };

    public static Change OfTenant(string id, DateTimeOffset at) => new() { TenantId = id, At = at };

    public static Change OfApp(string id, DateTimeOffset at) => new() { AppId = id, At = at };

    /// <summary>More than can be named, such as an import.</summary>
    public static Change OfEverything(DateTimeOffset at) => new() { At = at };

    internal sealed class Mapping : IEntityTypeConfiguration<Change>
    {
        public void Configure(EntityTypeBuilder<Change> builder) => builder.HasKey(change => change.Sequence);
    }
}
