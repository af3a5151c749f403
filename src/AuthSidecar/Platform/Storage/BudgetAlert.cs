using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage;

internal enum BudgetEvent
{
    /// <summary>Spend has reached the warning of a budget.</summary>
    Warning,

    /// <summary>Spend has reached the limit of a budget.</summary>
    Exceeded,
}

/// <summary>
/// Spend that has reached the warning or the limit of a budget: one row for each budget, period and event, which one replica inserts. The
/// row also holds the state of the event's webhook.
/// </summary>
internal sealed class BudgetAlert
{
    public BudgetScope Scope { get; init; }

    /// <summary>As of <see cref="Budget"/>; of an issuer's default the caller, as <c>ISSUER|SUB</c>.</summary>
    public required string SubjectId { get; init; }

    /// <summary>The account that reached it: of a budget for each member the member, else the subject.</summary>
    public required string SpenderId { get; init; }

    /// <summary>As of <see cref="BudgetPeriods"/>.</summary>
    public int PeriodId { get; init; }

    public BudgetEvent Event { get; init; }

    /// <summary>Id of the webhook's message, the same in each attempt.</summary>
    public required string MessageId { get; init; }

    public DateTimeOffset At { get; init; }

    /// <summary>In millionths of the currency, as the others, at the time of the event.</summary>
    public long LimitMicros { get; init; }

    public long? WarnMicros { get; init; }
    public long SpentMicros { get; init; }

    /// <summary>Number of begun attempts to deliver.</summary>
    public int Attempts { get; set; }

    /// <summary>Time of the next attempt; null: delivered, given up, or without a webhook.</summary>
    public DateTimeOffset? NextAt { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }

    internal sealed class Mapping : IEntityTypeConfiguration<BudgetAlert>
    {
        public void Configure(EntityTypeBuilder<BudgetAlert> builder)
        {
            builder.HasKey(alert => new
            {
                alert.Scope,
                alert.SubjectId,
                alert.SpenderId,
                alert.PeriodId,
                alert.Event,
            });
            builder.HasIndex(alert => alert.MessageId).IsUnique();
            builder.HasIndex(alert => alert.NextAt).HasFilter("\"NextAt\" IS NOT NULL");
        }
    }
}
