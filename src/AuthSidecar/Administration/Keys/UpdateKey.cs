using AuthSidecar.Administration.Shared;
using AuthSidecar.Decisions.Pipeline;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>Members to change; null: unchanged.</summary>
internal sealed record KeyChanges
{
    public Change<string?>? Name { get; init; }

    /// <summary>Empty: <c>full</c>.</summary>
    public IReadOnlyCollection<string>? Scopes { get; init; }

    /// <summary>Empty: all models.</summary>
    public IReadOnlyCollection<string>? Models { get; init; }
    public Change<DateTimeOffset?>? ExpiresAt { get; init; }
    public Change<KeyLimit?>? Limit { get; init; }
    public Change<TokenLimit?>? TokenLimit { get; init; }
    public Change<int?>? Parallel { get; init; }

    public string? Error =>
        KeyFieldRules.Name(Name?.Value)
        ?? Rules.Scopes(Scopes ?? [])
        ?? Rules.Models(Models ?? [])
        ?? KeyFieldRules.Limit(Limit?.Value)
        ?? KeyFieldRules.Tokens(TokenLimit?.Value)
        ?? KeyFieldRules.Parallel(Parallel?.Value);
}

/// <summary>Changes the name, rights, expiry or limits of a key in force. Caches drop the old values within a second.</summary>
internal sealed class UpdateKey(Store store, TimeProvider time)
{
    /// <param name="id">The key's id.</param>
    /// <param name="changes">The members to change.</param>
    /// <param name="isExpected">Accepts the key as stored; null: any.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    public async Task<Outcome<ApiKey>> RunAsync(
        string id,
        KeyChanges changes,
        Func<ApiKey, bool>? isExpected,
        CancellationToken cancellationToken
    )
    {
        if (changes.Error is { } error)
        {
            return Refusal.Invalid(error);
        }

        await using var context = store.Open();
        await using var exclusive = await context.LockKeyAsync(id, cancellationToken);
        if (await context.ApiKeys.Include(key => key.User).SingleOrDefaultAsync(key => key.Id == id, cancellationToken) is not { } key)
        {
            return Refusal.UnknownKey(id);
        }

        var now = Instant.Now(time);
        if (RefusalOf(key, now) is { } refusal)
        {
            return refusal;
        }

        if (isExpected?.Invoke(key) == false)
        {
            return Refusal.Stale("key");
        }

        Apply(changes, key);
        if (context.Entry(key).State == EntityState.Unchanged)
        {
            return key;
        }

        context.Invalidations.Add(CacheInvalidation.OfKey(id, now));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
            await exclusive.CommitAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Revoked(id);
        }

        return key;
    }

    private static Refusal? RefusalOf(ApiKey key, DateTimeOffset now) =>
        KeyStatuses.Of(key, now) switch
        {
            KeyStatus.Revoked => Revoked(key.Id),
            KeyStatus.Expired => Refusal.Conflict("expired_key", $"The key {key.Id} has expired; make a new one."),
            _ when key.Format is KeyFormat.Aso or KeyFormat.Ase => Refusal.Conflict(
                "device_token",
                $"The token {key.Id} belongs to a device; its rights follow from its format."
            ),
            _ => null,
        };

    private static Refusal Revoked(string id) => Refusal.Conflict("revoked_key", $"The key {id} is revoked; make a new one.");

    private static void Apply(KeyChanges changes, ApiKey key)
    {
        if (changes.Name is { } name)
        {
            key.Name = name.Value;
        }

        if (changes.Scopes is { } scopes)
        {
            key.Scopes = scopes.Count == 0 ? "full" : SpaceSeparated.Join(scopes);
        }

        if (changes.Models is { } models)
        {
            key.Models = SpaceSeparated.Join(models);
        }

        if (changes.ExpiresAt is { } expiry)
        {
            key.ExpiresAt = expiry.Value is { } at ? Instant.Truncate(at) : null;
        }

        if (changes.Limit is { } limit)
        {
            (key.Permits, key.Window) = (limit.Value?.Permits, limit.Value?.Window);
        }

        if (changes.TokenLimit is { } tokens)
        {
            (key.Tokens, key.TokenWindow) = (tokens.Value?.Tokens, tokens.Value?.Window);
        }

        if (changes.Parallel is { } parallel)
        {
            key.Parallel = parallel.Value;
        }
    }
}
