using AuthSidecar.Administration.Tenancy;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a group is removed.</summary>
internal sealed class RemoveGroupModel(ListGroupMembers list, RemoveGroup remove) : AdminPage
{
    [BindProperty(SupportsGet = true, Name = "id")]
    public string Id { get; set; } = "";

    /// <summary>Null: there is no such group.</summary>
    public int? Members { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        Members = Found(await list.RunAsync(Id, new() { Take = 1 }, Aborted))?.Total;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var outcome = await remove.RunAsync(Id, Aborted);
        if (outcome.Refusal is not { } refusal)
        {
            return Done("/ui/admin/groups", $"Group “{Id}” is removed.");
        }

        Members = (await list.RunAsync(Id, new() { Take = 1 }, Aborted)) is { Refusal: null, Value.Total: var total } ? total : null;
        Refuse(refusal);
        return Page();
    }
}
