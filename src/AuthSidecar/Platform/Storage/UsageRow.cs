using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// The stored usage of one request, or of a number of equal denials: the merge of all its reports, with the values derived from them.
/// </summary>
internal sealed class UsageRow : RequestUsage
{
    /// <summary>
    /// <c>complete</c>, <c>no_usage</c>, <c>client_disconnect</c>, <c>upstream_error</c> or <c>denied</c>; null while the end is unknown.
    /// </summary>
    public string? Outcome { get; set; }

    /// <summary>In millionths of the currency; null: the price is unknown.</summary>
    public long? CostMicros { get; set; }

    /// <summary>The cost is an estimate: too little of the usage was observed, or it has no price.</summary>
    public bool IsEstimated { get; set; }

    /// <returns>A row with the columns of one report or row; derived values are unset.</returns>
    public static UsageRow From(RequestUsage usage)
    {
        var row = new UsageRow { DecisionId = usage.DecisionId };
        row.CopyFrom(usage);
        return row;
    }

    public UsageRow Clone() => (UsageRow)MemberwiseClone();

    internal sealed class Mapping : IEntityTypeConfiguration<UsageRow>
    {
        public void Configure(EntityTypeBuilder<UsageRow> builder)
        {
            builder.ToTable("Usage");
            builder.HasKey(row => row.DecisionId);
            builder.HasIndex(row => row.Time);

            // The requests of one person, the latest first.
            builder.HasIndex(row => new { row.UserId, row.Time }).HasFilter("\"UserId\" IS NOT NULL");
            builder.Property(row => row.SharedBudgets).HasColumnName(SharedBudgetsColumn);
        }
    }
}
