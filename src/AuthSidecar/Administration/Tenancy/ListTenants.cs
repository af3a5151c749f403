using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <param name="Id">Id, which is its name.</param>
/// <param name="Apps">Number of apps.</param>
/// <param name="Members">Number of members.</param>
/// <param name="CreatedAt">Time of its creation.</param>
internal sealed record ListedTenant(string Id, int Apps, int Members, DateTimeOffset CreatedAt);

/// <summary>Tenants by id.</summary>
internal sealed class ListTenants(Store store)
{
    public async Task<Outcome<Page<ListedTenant>>> RunAsync(ListFilter filter, CancellationToken cancellationToken)
    {
        if (filter.Read(1, out var search, out var after) is { } refusal)
        {
            return refusal;
        }

        await using var context = store.Open();
        var tenants = context.Tenants.AsNoTracking().Containing(search, tenant => tenant.Id);
        var rest = after is [var last] ? tenants.Where(tenant => string.Compare(tenant.Id, last) > 0) : tenants;
        return await Paging.ReadAsync(
            tenants,
            Listed(context, rest.OrderBy(tenant => tenant.Id)),
            filter,
            tenant => Cursor.Of(tenant.Id),
            cancellationToken
        );
    }

    /// <summary>One tenant.</summary>
    public async Task<Outcome<ListedTenant>> FindAsync(string id, CancellationToken cancellationToken)
    {
        if (Rules.Tenant(id) is not null)
        {
            return Refusal.Unknown("tenant", id);
        }

        await using var context = store.Open();
        var found = await Listed(context, context.Tenants.AsNoTracking().Where(tenant => tenant.Id == id))
            .SingleOrDefaultAsync(cancellationToken);
        return found is null ? Refusal.Unknown("tenant", id) : found;
    }

    private static IQueryable<ListedTenant> Listed(SidecarDbContext context, IQueryable<Tenant> tenants) =>
        tenants.Select(tenant => new ListedTenant(
            tenant.Id,
            context.Apps.Count(app => app.TenantId == tenant.Id),
            context.Members.Count(member => member.TenantId == tenant.Id),
            tenant.CreatedAt
        ));
}
