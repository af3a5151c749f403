using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>What a user or a key has spent in one month (UTC); stays when the rows that it was summed from are gone.</summary>
internal sealed class Spend
{
    /// <summary><see cref="BudgetScope.User"/> or <see cref="BudgetScope.Key"/>.</summary>
    public BudgetScope Scope { get; init; }

    public required string SubjectId { get; init; }

    /// <summary>Year times 100 plus month, e.g. 202601.</summary>
    public int Month { get; init; }

    public long Micros { get; set; }

    public static int MonthOf(DateTimeOffset time) => (time.UtcDateTime.Year * 100) + time.UtcDateTime.Month;

    internal sealed class Mapping : IEntityTypeConfiguration<Spend>
    {
        public void Configure(EntityTypeBuilder<Spend> builder)
        {
            builder.ToTable("Spends");
            builder.HasKey(spend => new { spend.Scope, spend.SubjectId, spend.Month });
        }
    }
}
