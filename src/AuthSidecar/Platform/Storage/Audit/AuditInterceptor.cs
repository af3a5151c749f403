using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Platform.Storage.Audit;

/// <summary>
/// Adds an <see cref="AuditEvent"/> for each audited change to the save that writes it; of a mass change, one with the count and
/// the first ids.
/// </summary>
internal sealed class AuditInterceptor(TimeProvider time) : SaveChangesInterceptor
{
    private const int MostSingleEvents = 100;
    private const int MostIds = 1000;
    private static readonly JsonSerializerOptions _json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override InterceptionResult<int> SavingChanges(DbContextEventData eventData, InterceptionResult<int> result)
    {
        Record(eventData.Context);
        return result;
    }

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData,
        InterceptionResult<int> result,
        CancellationToken cancellationToken = default
    )
    {
        Record(eventData.Context);
        return ValueTask.FromResult(result);
    }

    private void Record(DbContext? context)
    {
        if (context is null)
        {
            return;
        }

        var now = Instant.Now(time);
        var changes = context
            .ChangeTracker.Entries()
            .Select(entry => (Entry: entry, Columns: AuditedColumns.For(entry.Metadata.ClrType)))
            .Where(change => change.Columns is not null && IsChanged(change.Entry, change.Columns))
            .GroupBy(change => Action(change.Entry, change.Columns!))
            .ToList();
        foreach (var group in changes)
        {
            var count = group.Count();
            context.AddRange(
                count > MostSingleEvents
                    ?
                    [
                        AuditEvent.Of(
                            group.Key,
                            null,
                            null,
                            null,
                            Ids(group.Select(change => change.Columns!.Id(change.Entry.Entity)), count),
                            now
                        ),
                    ]
                    : group.Select(change => Event(group.Key, change.Entry, change.Columns!, now)).ToList()
            );
        }
    }

    private static string Ids(IEnumerable<string> ids, int count) =>
        new JsonObject
        {
            ["count"] = count,
            ["ids"] = new JsonArray([.. ids.Take(MostIds).Select(id => JsonValue.Create(id))]),
        }.ToJsonString(_json);

    private static bool IsChanged(EntityEntry entry, AuditedColumns columns) =>
        entry.State is EntityState.Added or EntityState.Deleted
        || (entry.State == EntityState.Modified && columns.Columns.Any(column => entry.Property(column).IsModified));

    private static string Action(EntityEntry entry, AuditedColumns columns) =>
        $"{columns.Kind}.{(entry.State, entry.Entity) switch
        {
            (EntityState.Added, _) => "created",
            (EntityState.Deleted, _) => "deleted",
            (_, ApiKey { RevokedAt: not null }) when entry.Property(nameof(ApiKey.RevokedAt)).IsModified => "revoked",
            (_, Session { EndedAt: not null }) => "ended",
            _ => "updated",
        }}";

    private static AuditEvent Event(string action, EntityEntry entry, AuditedColumns columns, DateTimeOffset now)
    {
        var recorded =
            entry.State == EntityState.Modified ? columns.Columns.Where(column => entry.Property(column).IsModified) : columns.Columns;
        var properties = recorded.Select(entry.Property).ToList();
        return AuditEvent.Of(
            action,
            columns.Id(entry.Entity),
            columns.Name(entry.Entity),
            entry.State == EntityState.Added ? null : Json(properties, property => property.OriginalValue),
            entry.State == EntityState.Deleted ? null : Json(properties, property => property.CurrentValue),
            now
        );
    }

    private static string Json(IEnumerable<PropertyEntry> properties, Func<PropertyEntry, object?> value)
    {
        var document = new JsonObject();
        foreach (var property in properties)
        {
            document[JsonNamingPolicy.CamelCase.ConvertName(property.Metadata.Name)] = value(property) switch
            {
                null => null,
                Enum word => word.ToString().ToLowerInvariant(),
                DateTimeOffset at => at.UtcDateTime.ToString("O", System.Globalization.CultureInfo.InvariantCulture),
                TimeSpan span => span.ToString(),
                long number => number,
                int number => number,
                bool flag => flag,
                var other => other.ToString(),
            };
        }

        return document.ToJsonString(_json);
    }
}
