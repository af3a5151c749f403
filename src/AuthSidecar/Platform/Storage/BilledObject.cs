using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A provider's object, and the one request that is billed for its usage.</summary>
internal sealed class BilledObject
{
    public required string Provider { get; init; }

    /// <summary>The provider's id, as in <see cref="RequestUsage.ObjectId"/>.</summary>
    public required string ObjectId { get; init; }

    /// <summary>The billed row; null: usage not seen yet.</summary>
    public string? DecisionId { get; set; }

    /// <summary>The row of the creating request; null: unknown.</summary>
    public string? MakerId { get; set; }

    /// <summary>Time of its last observation, for the retention of usage.</summary>
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
