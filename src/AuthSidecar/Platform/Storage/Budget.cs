using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace AuthSidecar.Platform.Storage;

internal enum BudgetScope
{
    User,
    Group,
    Key,

    /// <summary>A group's budget, shared by its members.</summary>
    Shared,
}

internal static class BudgetScopes
{
    /// <summary>The scope's name in the store and in the accounts of Redis, where a shared budget is a purse.</summary>
    public static string ToStored(this BudgetScope scope) => scope == BudgetScope.Shared ? "purse" : scope.ToString().ToLowerInvariant();

    /// <exception cref="ArgumentException">The name is unknown to this version.</exception>
    public static BudgetScope FromStored(string name) =>
        name == BudgetScope.Shared.ToStored() ? BudgetScope.Shared : Enum.Parse<BudgetScope>(name, ignoreCase: true);

    internal sealed class Converter() : ValueConverter<BudgetScope, string>(scope => scope.ToStored(), name => FromStored(name));
}

/// <summary>
/// Spending limit of each month, week or day (UTC) in millionths of the currency; 0 allows no spending, and without a row spending is
/// unlimited. A subject can have one for each period. A group can have two of each: a limit for each member, and a shared one.
/// </summary>
internal sealed class Budget
{
    public BudgetScope Scope { get; init; }

    /// <summary>
    /// Id of the user or group, first id of the key line, or <c>ISSUER|SUB</c> for a caller of an external issuer.
    /// </summary>
    public required string SubjectId { get; init; }

    public BudgetPeriod Period { get; init; }

    public long LimitMicros { get; set; }

    /// <summary>Spend from which one warning is given in each period; null: none.</summary>
    public long? WarnMicros { get; set; }

    public DateTimeOffset UpdatedAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<Budget>
    {
        public void Configure(EntityTypeBuilder<Budget> builder) =>
            builder.HasKey(budget => new
            {
                budget.Scope,
                budget.SubjectId,
                budget.Period,
            });
    }
}
