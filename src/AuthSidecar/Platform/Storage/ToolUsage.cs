using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>A tool call that a model requested; stored only with <c>Usage:RecordText</c>.</summary>
internal sealed class ToolUsage
{
    public long Id { get; init; }
    public required string InterceptionId { get; init; }
    public Interception? Interception { get; init; }
    public required string MsgId { get; init; }
    public string? ServerUrl { get; init; }
    public required string Tool { get; init; }
    public required string Input { get; init; }
    public bool IsInjected { get; init; }
    public string? InvocationError { get; init; }
    public string? ToolCallId { get; init; }
    public string? ItemId { get; init; }

    /// <summary>JSON object.</summary>
    public required string Metadata { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    internal sealed class Mapping : IEntityTypeConfiguration<ToolUsage>
    {
        public void Configure(EntityTypeBuilder<ToolUsage> builder)
        {
            builder.HasKey(record => record.Id);
            builder
                .HasOne(record => record.Interception)
                .WithMany()
                .HasForeignKey(record => record.InterceptionId)
                .OnDelete(DeleteBehavior.Cascade);
            builder.HasIndex(record => record.ToolCallId);
        }
    }
}
