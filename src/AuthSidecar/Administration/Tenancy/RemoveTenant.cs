using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

/// <summary>Removes a tenant without members, apps and keys in force that are bound to it.</summary>
internal sealed class RemoveTenant(Store store, TimeProvider time)
{
    public async Task<Outcome<Tenant>> RunAsync(string id, CancellationToken cancellationToken)
    {
        await using var context = store.Open();
        if (await context.Tenants.SingleOrDefaultAsync(tenant => tenant.Id == id, cancellationToken) is not { } tenant)
        {
            return Refusal.Unknown("tenant", id);
        }

        var inUse = Refusal.Conflict("tenant_in_use", $"The tenant {id} has members, apps or keys; remove or revoke them first.");
        if (
            await context.Members.AnyAsync(member => member.TenantId == id, cancellationToken)
            || await context.Apps.AnyAsync(app => app.TenantId == id, cancellationToken)
            || await context.ApiKeys.AnyAsync(key => key.Tenant == id && key.RevokedAt == null && key.ExpiredAt == null, cancellationToken)
        )
        {
            return inUse;
        }

        context.Tenants.Remove(tenant);
        context.Invalidations.Add(CacheInvalidation.OfTenant(id, Instant.Now(time)));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateConcurrencyException)
        {
            return Refusal.Unknown("tenant", id);
        }
        catch (DbUpdateException exception) when (store.IsRefusal(exception.InnerException ?? exception))
        {
            // A member or an app was added at the same time; the foreign key holds.
            return inUse;
        }

        return tenant;
    }
}
