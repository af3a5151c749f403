using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal sealed class CreateTenant(Store store, TimeProvider time)
{
    public async Task<Outcome<Tenant>> RunAsync(string id, CancellationToken cancellationToken)
    {
        if (Rules.Tenant(id) is { } error)
        {
            return Refusal.Invalid(error);
        }

        var tenant = new Tenant { Id = id, CreatedAt = Instant.Now(time) };
        await using var context = store.Open();
        context.Tenants.Add(tenant);
        context.Invalidations.Add(CacheInvalidation.OfTenant(id, tenant.CreatedAt));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (store.IsTaken(exception))
        {
            return Refusal.Conflict("tenant_exists", $"There is already a tenant {id}.");
        }

        return tenant;
    }
}
