using System.Text.Json.Serialization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A usage report that the store rejected, kept for diagnosis.</summary>
internal sealed class DeadLetter
{
    private const string ReportColumn = "Part";

    public long Id { get; init; }
    public DateTimeOffset At { get; init; }

    /// <summary>The store's error.</summary>
    public required string Problem { get; init; }

    /// <summary>The report as a line of JSON, as in the spool.</summary>
    [JsonPropertyName(ReportColumn)]
    public required string Report { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<DeadLetter>
    {
        public void Configure(EntityTypeBuilder<DeadLetter> builder)
        {
            builder.ToTable("DeadLetters");
            builder.HasKey(letter => letter.Id);
            builder.Property(letter => letter.Report).HasColumnName(ReportColumn);
        }
    }
}
