using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A thought that a model showed; stored only with <c>Usage:RecordText</c>.</summary>
internal sealed class ModelThought
{
    public long Id { get; init; }
    public required string InterceptionId { get; init; }
    public Interception? Interception { get; init; }
    public required string Content { get; init; }

    /// <summary>JSON object.</summary>
    public required string Metadata { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<ModelThought>
    {
        public void Configure(EntityTypeBuilder<ModelThought> builder)
        {
            builder.HasKey(record => record.Id);
            builder
                .HasOne(record => record.Interception)
                .WithMany()
                .HasForeignKey(record => record.InterceptionId)
                .OnDelete(DeleteBehavior.Cascade);
        }
    }
}
