using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Sums of one day (UTC), updated in the transactions of <see cref="UsageRow"/>, so that reports over millions of rows are fast. Unknown
/// ids are empty.
/// </summary>
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

    /// <summary>Number of requests with a cost; with none the sum is unknown, not 0.</summary>
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
            builder.HasKey(day => new
            {
                day.Day,
                day.Provider,
                day.Model,
                day.KeyId,
                day.UserId,
                day.Tenant,
            });
        }
    }
}
