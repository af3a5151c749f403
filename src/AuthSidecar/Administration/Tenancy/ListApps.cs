using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed record AppFilter : ListFilter
{
    public string? Tenant { get; init; }
}

/// <summary>Apps by id.</summary>
internal sealed class ListApps(Store store)
{
    public async Task<Outcome<Page<App>>> RunAsync(AppFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(1, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var apps = context.Apps.AsNoTracking().Containing(search, app => app.Id);
        if (filter.Tenant is { } tenant)
        {
            if (await context.Tenants.MissingAsync(tenant, cancellationToken) is { } missing)
            {
                return missing;
            }

            apps = apps.Where(app => app.TenantId == tenant);
        }

        var rest = after is [var last] ? apps.Where(app => string.Compare(app.Id, last) > 0) : apps;
        return await Paging.ReadAsync(apps, rest.OrderBy(app => app.Id), filter, app => Cursor.Of(app.Id), cancellationToken);
    }

    /// <summary>One app.</summary>
    public async Task<Outcome<App>> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (Rules.Id("app", id) is not null)
        {
            return Refusal.Unknown("app", id);
        }

        await using var context = store.Open();
        var found = await context.Apps.AsNoTracking().SingleOrDefaultAsync(app => app.Id == id, cancellationToken);
        return found is null ? Refusal.Unknown("app", id) : found;
    }
}
