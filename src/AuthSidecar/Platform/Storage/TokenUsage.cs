using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>Tokens of one message of an interception, as the provider counts them.</summary>
internal sealed class TokenUsage
{
    public long Id { get; init; }
    public required string InterceptionId { get; init; }
    public Interception? Interception { get; init; }
    public required string MsgId { get; init; }
    public long InputTokens { get; init; }
    public long OutputTokens { get; init; }
    public long CacheReadTokens { get; init; }
    public long CacheWriteTokens { get; init; }
    public long? CostMicros { get; set; }

    /// <summary>JSON object.</summary>
    public required string Metadata { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<TokenUsage>
    {
        public void Configure(EntityTypeBuilder<TokenUsage> builder)
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
