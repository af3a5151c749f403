using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Administration.Tenancy;

internal static class TenantLookup
{
    /// <returns>The refusal of an unknown tenant, or null.</returns>
    public static async Task<Refusal?> MissingAsync(this IQueryable<Tenant> tenants, string id, CancellationToken cancellationToken) =>
        Rules.Tenant(id) is { } error ? Refusal.Invalid(error)
        : await tenants.AnyAsync(tenant => tenant.Id == id, cancellationToken) ? null
        : Refusal.Unknown("tenant", id);
}
