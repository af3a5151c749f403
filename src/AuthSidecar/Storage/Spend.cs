using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

/// <summary>What a caller, a line of keys or a group with a shared budget has spent in one month (UTC); stays when the rows that it was summed from are gone.</summary>
internal sealed class Spend
{
    /// <summary>Any but <see cref="BudgetScope.Group"/>, whose budget is each member's.</summary>
    public BudgetScope Scope { get; init; }

    public required string SubjectId { get; init; }

    /// <summary>Year times 100 plus month, e.g. 202601.</summary>
    public int Month { get; init; }

    public long Micros { get; set; }

    /// <summary>Whose accounts pay for a request: the caller's, those of the groups that share a budget, and that of the key's line.</summary>
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

        foreach (var group in row.Purses?.Split(' ') ?? [])
        {
            yield return (BudgetScope.Purse, group);
        }
    }

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
