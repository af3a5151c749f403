using System.Globalization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Audit;

/// <summary>The text to search for may be in the names of the actor and of the target, and in the id of the target.</summary>
internal sealed record AuditFilter : ListFilter
{
    /// <summary>Name or id of the actor.</summary>
    public string? Actor { get; init; }

    /// <summary>Name or id of the target.</summary>
    public string? Target { get; init; }

    /// <summary>Action such as <c>key.revoked</c>, or kind of the target such as <c>key</c>.</summary>
    public string? Action { get; init; }

    /// <summary>Inclusive.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Exclusive.</summary>
    public DateTimeOffset? To { get; init; }
}

/// <summary>The audit trail, the newest event first.</summary>
internal sealed class ListAudit(Store store)
{
    public async Task<Outcome<Page<AuditEvent>>> RunAsync(AuditFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(1, out var search, out var position) is { } refusal)
        {
            return refusal;
        }

        if (new[] { filter.Actor, filter.Target, filter.Action }.Any(text => text is not null && !Rules.IsPrintable(text)))
        {
            return Refusal.Invalid("Actor, target and action must be printable.");
        }

        var before = long.MaxValue;
        if (position is [var text] && !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out before))
        {
            return Refusal.Invalid("The cursor is not one of this list; begin with the first page.");
        }

        await using var context = store.Open();
        var events = Matching(context.AuditEvents.AsNoTracking(), filter)
            .Containing(search, row => row.ActorName, row => row.TargetName!, row => row.TargetId!);
        return await Paging.ReadAsync(
            events,
            events.Where(row => row.Sequence < before).OrderByDescending(row => row.Sequence),
            filter,
            row => Cursor.Of(row.Sequence.ToString(CultureInfo.InvariantCulture)),
            cancellationToken
        );
    }

    private static IQueryable<AuditEvent> Matching(IQueryable<AuditEvent> events, AuditFilter filter)
    {
        if (filter.Actor is { } actor)
        {
            events = events.Where(row => row.ActorName == actor || row.ActorId == actor);
        }

        if (filter.Target is { } target)
        {
            events = events.Where(row => row.TargetName == target || row.TargetId == target);
        }

        if (filter.Action is { } action)
        {
            events = events.Where(row => row.Action == action || row.TargetKind == action);
        }

        if (filter.From is { } from)
        {
            events = events.Where(row => row.At >= from);
        }

        return filter.To is { } to ? events.Where(row => row.At < to) : events;
    }
}
