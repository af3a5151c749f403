using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before an app is removed.</summary>
internal sealed class RemoveAppModel(ListApps apps, RemoveApp remove) : AdminPage
{
    /// <summary>Null: there is no such app.</summary>
    public App? App { get; private set; }

    public async Task<IActionResult> OnGetAsync(string id)
    {
        App = Found(await apps.FindAsync(id, Aborted));
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        App = Found(await apps.FindAsync(id, Aborted));
        if (App is null)
        {
            return Page();
        }

        var outcome = await remove.RunAsync(id, Aborted);
        if (outcome.Refusal is not { } refusal)
        {
            return Done("/ui/admin/apps", $"App “{id}” is removed.");
        }

        Refuse(refusal);
        return Page();
    }
}
