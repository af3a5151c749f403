using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace AuthSidecar.Platform.Storage.Audit;

/// <summary>A change and its origin, written in the transaction of the change. Never holds a secret.</summary>
internal sealed class AuditEvent
{
    /// <summary>Increasing.</summary>
    public long Sequence { get; init; }

    public DateTimeOffset At { get; init; }
    public ActorKind ActorKind { get; init; }
    public string? ActorId { get; init; }
    public required string ActorName { get; init; }
    public string? Address { get; init; }

    /// <summary>Target and verb, such as <c>key.revoked</c>.</summary>
    public required string Action { get; init; }

    public required string TargetKind { get; init; }
    public string? TargetId { get; init; }
    public string? TargetName { get; init; }

    /// <summary>JSON objects of the changed values before and after; null: none.</summary>
    public string? Before { get; init; }

    public string? After { get; init; }

    /// <param name="action">Target and verb, such as <c>usage.pruned</c>; the part before the dot is the kind of the target.</param>
    /// <param name="targetId">Id of the target; null: none.</param>
    /// <param name="targetName">Its name for people.</param>
    /// <param name="before">JSON object of values before the change.</param>
    /// <param name="after">JSON object of values after it.</param>
    /// <param name="at">Time of the change.</param>
    /// <returns>An event of <see cref="Actor.Current"/>.</returns>
    public static AuditEvent Of(string action, string? targetId, string? targetName, string? before, string? after, DateTimeOffset at)
    {
        var actor = Actor.Current;
        return new()
        {
            At = at,
            ActorKind = actor.Kind,
            ActorId = actor.Id,
            ActorName = actor.Name,
            Address = actor.Address,
            Action = action,
            TargetKind = action[..action.IndexOf('.', StringComparison.Ordinal)],
            TargetId = targetId,
            TargetName = targetName,
            Before = before,
            After = after,
        };
    }

    internal sealed class Mapping : IEntityTypeConfiguration<AuditEvent>
    {
        public void Configure(EntityTypeBuilder<AuditEvent> builder)
        {
            builder.HasKey(row => row.Sequence);
            builder.Property(row => row.ActorKind).HasConversion<LowerCaseConverter<ActorKind>>();
            builder.HasIndex(row => row.At);
            builder.HasIndex(row => new { row.TargetKind, row.TargetId });
        }
    }
}
