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
            rest.OrderBy(tenant => tenant.Id)
                .Select(tenant => new ListedTenant(
                    tenant.Id,
                    context.Apps.Count(app => app.TenantId == tenant.Id),
                    context.Members.Count(member => member.TenantId == tenant.Id),
                    tenant.CreatedAt
                )),
            filter,
            tenant => Cursor.Of(tenant.Id),
            cancellationToken
        );
    }
}
