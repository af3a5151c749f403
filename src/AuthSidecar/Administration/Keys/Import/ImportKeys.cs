using System.Text.Json.Serialization;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys.Import;

/// <summary>Imports the hashed keys of another gateway, so that clients keep their keys. All lines or none.</summary>
internal sealed class ImportKeys(Store store, TimeProvider time)
{
    /// <summary>User of the keys without one; they are keys of services.</summary>
    public const string ServiceOwner = "imported-services";

    private const int Chunk = 500;

    public async Task<Outcome<ImportResult>> RunAsync(TextReader file, ImportFormat format, CancellationToken cancellationToken)
    {
        var now = Instant.Now(time);
        var (keys, errors) = await ImportLines.ReadAsync(file, format, now, cancellationToken);
        await using var context = store.Open();
        errors.AddRange(await KnownAsync(context, keys, cancellationToken));
        if (errors.Count > 0)
        {
            return JsonLines.Refuse(errors);
        }

        var owners = await new ImportedOwners(context, now).FindOrCreateAsync(keys.Select(key => OwnerOf(key)), cancellationToken);
        foreach (var key in keys)
        {
            context.ApiKeys.Add(Row(key, owners[OwnerOf(key)], now));
            if (key.BudgetMicros is { } limit)
            {
                context.Budgets.Add(
                    new()
                    {
                        Scope = BudgetScope.Key,
                        SubjectId = key.Id,
                        Period = key.BudgetPeriod,
                        LimitMicros = limit,
                        WarnMicros = key.WarnMicros,
                        UpdatedAt = now,
                    }
                );
            }

            if (key.SpentMicros is { } spent and > 0)
            {
                context.Spends.Add(
                    new()
                    {
                        Scope = BudgetScope.Key,
                        SubjectId = key.Id,
                        PeriodId = key.BudgetPeriod.IdAt(now),
                        Micros = spent,
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
                "One of these keys or users was created at the same time; nothing was imported, run the command again."
            );
        }

        return new ImportResult(keys.Count) { RenewedBudgets = keys.Count(key => key.IsBudgetForAllTime) };
    }

    private static string OwnerOf(ImportedKey key) => key.Owner ?? ServiceOwner;

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
            Subject = key.Owner is null ? SubjectType.Service : SubjectType.Account,
            Permits = key.Limit?.Permits,
            Window = key.Limit?.Window,
            Tokens = key.TokenLimit?.Tokens,
            TokenWindow = key.TokenLimit?.Window,
            Parallel = key.Parallel,
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
        var errors = new List<string>();
        foreach (var chunk in keys.Chunk(Chunk))
        {
            var ids = chunk.Select(key => key.Id).ToList();
            var known = await context.ApiKeys.Where(key => ids.Contains(key.Id)).Select(key => key.Id).ToHashSetAsync(cancellationToken);
            errors.AddRange(
                chunk.Where(key => known.Contains(key.Id)).Select(key => $"line {key.Line}: was imported before, as key {key.Id}")
            );
            var hashes = chunk.Where(key => !known.Contains(key.Id)).Select(key => key.Hash).ToList();
            var taken = await context
                .ApiKeys.Where(key => hashes.Contains(key.Hash!))
                .Select(key => new { key.Id, key.Hash })
                .ToDictionaryAsync(key => Convert.ToHexString(key.Hash!), key => key.Id, cancellationToken);
            errors.AddRange(
                chunk
                    .Where(key => !known.Contains(key.Id) && taken.ContainsKey(Convert.ToHexString(key.Hash)))
                    .Select(key => ImportLines.SameSecret(key, $"that of the key {taken[Convert.ToHexString(key.Hash)]}"))
            );
        }

        return errors;
    }
}

/// <param name="Imported">Number of keys.</param>
internal sealed record ImportResult(int Imported)
{
    /// <summary>Number of budgets that were for all time, and are monthly now.</summary>
    [JsonIgnore]
    public int RenewedBudgets { get; init; }
}
