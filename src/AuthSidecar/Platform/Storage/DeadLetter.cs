using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A usage report that the store rejected, kept for diagnosis.</summary>
internal sealed class DeadLetter
{
    public long Id { get; init; }
    public DateTimeOffset At { get; init; }

    /// <summary>The store's error.</summary>
    public required string Problem { get; init; }

    /// <summary>JSON, as in the spool.</summary>
    public required string Part { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<DeadLetter>
    {
        public void Configure(EntityTypeBuilder<DeadLetter> builder)
        {
            builder.ToTable("DeadLetters");
            builder.HasKey(letter => letter.Id);
        }
    }
}
