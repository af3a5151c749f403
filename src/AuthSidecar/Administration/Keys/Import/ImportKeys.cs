using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>Takes over the hashed keys of another gateway, so that no client changes its key. All lines or none.</summary>
internal sealed class ImportKeys(Store store, TimeProvider time)
{
    private const int Chunk = 500;

    public async Task<Outcome<ImportResult>> RunAsync(TextReader file, ImportFormat format, CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        var (keys, complaints) = await ImportLines.ReadAsync(file, format, now, cancellationToken);
        await using var context = store.Open();
        complaints.AddRange(await KnownAsync(context, keys, cancellationToken));
        if (complaints.Count > 0)
        {
            return JsonLines.Refuse(complaints);
        }

        var owners = await new ImportedOwners(context, now).FindOrMakeAsync(keys.Select(key => key.Owner), cancellationToken);
        foreach (var key in keys)
        {
            context.ApiKeys.Add(Row(key, owners[key.Owner], now));
            if (key.BudgetMicros is { } limit)
            {
                context.Budgets.Add(
                    new()
                    {
                        Scope = BudgetScope.Key,
                        SubjectId = key.Id,
                        LimitMicros = limit,
                        UpdatedAt = now,
                    }
                );
            }
        }

        context.Invalidations.Add(CacheInvalidation.OfEverything(now));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict(
                "import_raced",
                "Somebody else made one of these keys or users at the same time; nothing was imported, run it again."
            );
        }

        return new ImportResult(keys.Count);
    }

    private static ApiKey Row(ImportedKey key, User owner, DateTimeOffset now) =>
        new()
        {
            Id = key.Id,
            Format = key.Format,
            Hash = key.Hash,
            IsHashImported = true,
            UserId = owner.Id,
            Name = key.Name,
            Scopes = key.Scopes.Count == 0 ? "full" : SpaceSeparated.Join(key.Scopes),
            Models = SpaceSeparated.Join(key.Models),
            Subject = SubjectType.Account,
            CreatedAt = now,
            ExpiresAt = key.ExpiresAt,
            RevokedAt = key.RevokedAt,
            LastUsedAt = key.LastUsedAt,
        };

    private static async Task<List<string>> KnownAsync(
        SidecarDbContext context,
        List<ImportedKey> keys,
        CancellationToken cancellationToken
    )
    {
        var complaints = new List<string>();
        foreach (var chunk in keys.Chunk(Chunk))
        {
            var ids = chunk.Select(key => key.Id).ToList();
            var known = await context.ApiKeys.Where(key => ids.Contains(key.Id)).Select(key => key.Id).ToHashSetAsync(cancellationToken);
            complaints.AddRange(
                chunk.Where(key => known.Contains(key.Id)).Select(key => $"line {key.Line}: is here already, as key {key.Id}")
            );
        }

        return complaints;
    }
}

/// <param name="Imported">Number of keys.</param>
internal sealed record ImportResult(int Imported);
