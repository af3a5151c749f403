using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All tenants, and the form that makes one.</summary>
internal sealed class TenantsModel(ListTenants list, CreateTenant create) : AdminListPage<ListedTenant>
{
    [BindProperty]
    public string? Name { get; set; }

    public override string Path => "/ui/admin/tenants";

    public async Task<IActionResult> OnPostAsync()
    {
        var outcome = await create.RunAsync(Name ?? "", Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, nameof(Name));
            return await AgainAsync();
        }

        return Done(Links.Tenant(outcome.Value.Id), $"Tenant “{outcome.Value.Id}” is made.");
    }

    protected override Task<Outcome<Page<ListedTenant>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Query = Query,
                Take = PerPage,
                After = After,
            },
            Aborted
        );
}
