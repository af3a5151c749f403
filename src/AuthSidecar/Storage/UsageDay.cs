using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>The sums of one day (UTC), kept in step with <see cref="UsageRow"/> in the same transactions, so that a month of millions of rows is asked for at once. Unknown ids are empty.</summary>
internal sealed class UsageDay
{
    /// <summary>Days since 1970-01-01.</summary>
    public int Day { get; init; }

    public required string Provider { get; init; }
    public required string Model { get; init; }
    public required string KeyId { get; init; }
    public required string UserId { get; init; }
    public required string Tenant { get; init; }
    public long Requests { get; set; }

    /// <summary>How many of them have a cost: without one the sum is unknown and not 0.</summary>
    public long Priced { get; set; }

    public long InputTokens { get; set; }
    public long OutputTokens { get; set; }
    public long CachedReadTokens { get; set; }
    public long CachedWriteTokens { get; set; }
    public long ReasoningTokens { get; set; }
    public long CostMicros { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<UsageDay>
    {
        public void Configure(EntityTypeBuilder<UsageDay> builder)
        {
            builder.ToTable("UsageDays");
            builder.HasKey(day => new { day.Day, day.Provider, day.Model, day.KeyId, day.UserId, day.Tenant });
        }
    }
}
