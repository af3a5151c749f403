using AuthSidecar.Platform.Storage.Audit;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A line of the file of the audit trail.</summary>
internal sealed record AuditLine(
    DateTimeOffset At,
    string ActorKind,
    string? ActorId,
    string Actor,
    string? Address,
    string Action,
    string? TargetId,
    string? Target,
    string? Before,
    string? After
)
{
    public static AuditLine Of(AuditEvent row) =>
        new(
            row.At,
            row.ActorKind.ToString().ToLowerInvariant(),
            row.ActorId,
            row.ActorName,
            row.Address,
            row.Action,
            row.TargetId,
            row.TargetName,
            row.Before,
            row.After
        );
}
