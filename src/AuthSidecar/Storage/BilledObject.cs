using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>An object of a provider's, and the one request that its usage is billed to.</summary>
internal sealed class BilledObject
{
    public required string Provider { get; init; }

    /// <summary>The provider's id of it, as in <see cref="RequestUsage.ObjectId"/>.</summary>
    public required string ObjectId { get; init; }

    /// <summary>The row that has its tokens; null: its usage has not been seen yet.</summary>
    public string? DecisionId { get; set; }

    /// <summary>The row of the request that made it; null: not known.</summary>
    public string? MakerId { get; set; }

    /// <summary>When it was last shown; rows as old as usage may be are removed.</summary>
    public DateTimeOffset Time { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<BilledObject>
    {
        public void Configure(EntityTypeBuilder<BilledObject> builder)
        {
            builder.ToTable("BilledObjects");
            builder.HasKey(billed => new { billed.Provider, billed.ObjectId });
            builder.HasIndex(billed => billed.Time);
        }
    }
}
