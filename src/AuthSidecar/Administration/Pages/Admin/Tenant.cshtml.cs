using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A tenant with the first of its apps and members.</summary>
internal sealed class TenantModel(ListTenants tenants, ListApps apps, ListMembers members) : AdminPage
{
    private const int Most = 10;

    /// <summary>Null: there is no such tenant.</summary>
    public ListedTenant? Tenant { get; private set; }

    public IReadOnlyList<App> Apps { get; private set; } = [];

    public IReadOnlyList<ListedMember> Members { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(string id)
    {
        Tenant = Found(await tenants.FindAsync(id, Aborted));
        if (Tenant is not null)
        {
            Apps = (await apps.RunAsync(new() { Tenant = id, Take = Most }, Aborted)).Value.Items;
            Members = (await members.RunAsync(new() { Tenant = id, Take = Most }, Aborted)).Value.Items;
        }

        return Page();
    }
}
