using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

/// <summary>
/// Spend of a caller, a key line or a shared budget in one month, week or day (UTC). That of months is kept after the retention of its
/// rows.
/// </summary>
internal sealed class Spend
{
    /// <summary>Any but <see cref="BudgetScope.Group"/>, whose budget is each member's.</summary>
    public BudgetScope Scope { get; init; }

    public required string SubjectId { get; init; }

    /// <summary>As of <see cref="BudgetPeriods"/>.</summary>
    public int PeriodId { get; init; }

    public long Micros { get; set; }

    /// <summary>Accounts charged for a request: the caller's, those of shared budgets, and the key line's.</summary>
    public static IEnumerable<(BudgetScope Scope, string SubjectId)> AccountsOf(UsageRow row)
    {
        if (!string.IsNullOrEmpty(row.UserId))
        {
            yield return (BudgetScope.User, row.UserId);
        }

        if ((row.KeyLine ?? row.KeyId) is { Length: > 0 } line)
        {
            yield return (BudgetScope.Key, line);
        }

        foreach (var group in row.SharedBudgets?.Split(' ') ?? [])
        {
            yield return (BudgetScope.Shared, group);
        }
    }

    internal sealed class Mapping : IEntityTypeConfiguration<Spend>
    {
        public void Configure(EntityTypeBuilder<Spend> builder)
        {
            builder.ToTable("Spends");
            builder.HasKey(spend => new
            {
                spend.Scope,
                spend.SubjectId,
                spend.PeriodId,
            });

            // The name from when all budgets were monthly.
            builder.Property(spend => spend.PeriodId).HasColumnName("Month");
        }
    }
}
