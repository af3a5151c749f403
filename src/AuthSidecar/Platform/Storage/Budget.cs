using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

internal enum BudgetScope
{
    User,
    Group,
    Key,

    /// <summary>A group's, spent by its members together.</summary>
    Purse,
}

/// <summary>
/// What may be spent in a month (UTC). No row: unlimited; 0: nothing. A group can have two: one for each member, and one that all share.
/// </summary>
internal sealed class Budget
{
    public BudgetScope Scope { get; init; }

    /// <summary>
    /// Id of the user or group, the first id of a line of keys, or <c>ISSUER|SUB</c> of a caller whom an identity provider knows.
    /// </summary>
    public required string SubjectId { get; init; }

    public long LimitMicros { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Budget>
    {
        public void Configure(EntityTypeBuilder<Budget> builder) => builder.HasKey(budget => new { budget.Scope, budget.SubjectId });
    }
}
