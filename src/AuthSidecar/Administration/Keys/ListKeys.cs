using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Keys;

/// <summary>Keys with their owners, by age.</summary>
internal sealed class ListKeys(Store store, TimeProvider time)
{
    public async Task<Outcome<Page<ApiKey>>> RunAsync(KeyFilter filter, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        var all = context.ApiKeys.AsNoTracking().Include(key => key.User);
        var (keys, after, refusal) = await FindAsync(context, all, filter, Instant.Now(time), cancellationToken);
        if (refusal is not null)
        {
            return refusal;
        }

        return await Paging.ReadAsync(
            keys,
            filter.NewestFirst ? NewestFirst(keys, after) : OldestFirst(keys, after),
            filter,
            key => Cursor.Of(key.CreatedAt, key.Id),
            cancellationToken
        );
    }

    /// <summary>The keys that match a filter, on all its pages, and the position of the page; or a refusal.</summary>
    public static async Task<(IQueryable<ApiKey> Keys, AgePosition? After, Refusal? Refusal)> FindAsync(
        SidecarDbContext context,
        IQueryable<ApiKey> all,
        KeyFilter filter,
        DateTimeOffset now,
        CancellationToken cancellationToken
    )
    {
        if (filter.ReadByAge(out var search, out var after) is { } refusal)
        {
            return (all, null, refusal);
        }

        if (filter.ErrorOf() is { } error)
        {
            return (all, null, Refusal.Invalid(error));
        }

        var keys = Matching(all, filter, search, now);
        if (filter.User is not { } user)
        {
            return (keys, after, null);
        }

        if (await context.Users.FindByNameOrIdAsync(user, cancellationToken) is { } owner)
        {
            return (keys.Where(key => key.UserId == owner.Id), after, null);
        }

        return ExternalPerson.TrySplit(user, out var issuer, out var subject)
            ? (keys.Where(key => key.ExternalIssuer == issuer && key.ExternalSubject == subject), after, null)
            : (all, null, Refusal.UnknownUser(user));
    }

    private static IQueryable<ApiKey> Matching(IQueryable<ApiKey> keys, KeyFilter filter, string? search, DateTimeOffset now)
    {
        if (filter.Status is { } status)
        {
            keys = KeyStatuses.Of(keys, status, now);
        }

        if (filter.Expiring is { } span)
        {
            keys = KeyStatuses.ExpiringBefore(keys, now + span, now);
        }

        if (filter.Tenant is { } tenant)
        {
            keys = keys.Where(key => key.Tenant == tenant);
        }

        if (filter.IsDevice is { } isDevice)
        {
            keys = keys.Where(key => (key.Format == KeyFormat.Aso || key.Format == KeyFormat.Ase) == isDevice);
        }

        if (filter.ClientId is { } client)
        {
            keys = keys.Where(key => key.ClientId == client);
        }

        return keys.Containing(search, key => key.Id, key => key.Name!);
    }

    private static IQueryable<ApiKey> OldestFirst(IQueryable<ApiKey> keys, AgePosition? after) =>
        (
            after is not { CreatedAt: var at, Id: var id }
                ? keys
                : keys.Where(key => key.CreatedAt > at || (key.CreatedAt == at && string.Compare(key.Id, id) > 0))
        )
            .OrderBy(key => key.CreatedAt)
            .ThenBy(key => key.Id);

    private static IQueryable<ApiKey> NewestFirst(IQueryable<ApiKey> keys, AgePosition? after) =>
        (
            after is not { CreatedAt: var at, Id: var id }
                ? keys
                : keys.Where(key => key.CreatedAt < at || (key.CreatedAt == at && string.Compare(key.Id, id) < 0))
        )
            .OrderByDescending(key => key.CreatedAt)
            .ThenByDescending(key => key.Id);
}
