using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Storage;

internal enum BudgetScope
{
    User,
    Group,
    Key,
}

/// <summary>What may be spent in a month (UTC). No row: unlimited; 0: nothing.</summary>
internal sealed class Budget
{
    public BudgetScope Scope { get; init; }

    /// <summary>Id of the user, group or key.</summary>
    public required string SubjectId { get; init; }

    public long LimitMicros { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Budget>
    {
        public void Configure(EntityTypeBuilder<Budget> builder) => builder.HasKey(budget => new { budget.Scope, budget.SubjectId });
    }
}
