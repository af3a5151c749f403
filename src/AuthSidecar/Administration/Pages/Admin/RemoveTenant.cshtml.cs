using AuthSidecar.Administration.Tenancy;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a tenant is removed.</summary>
internal sealed class RemoveTenantModel(ListTenants tenants, RemoveTenant remove) : AdminPage
{
    /// <summary>Null: there is no such tenant.</summary>
    public ListedTenant? Tenant { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id)
    {
        Tenant = Found(await tenants.FindAsync(id, Aborted));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        Tenant = Found(await tenants.FindAsync(id, Aborted));
        if (Tenant is null)
        {
            return Page();
        }

        var outcome = await remove.RunAsync(id, Aborted);
        if (outcome.Refusal is not { } refusal)
        {
            return Done("/ui/admin/tenants", $"Tenant “{id}” is removed.");
        }

        Refuse(refusal);
        return Page();
    }
}
