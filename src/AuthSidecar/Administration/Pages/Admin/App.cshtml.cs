using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Rendering;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>An app, its access mode and its status.</summary>
internal sealed class AppModel(ListApps apps, UpdateApp update) : AdminPage
{
    [BindProperty]
    public string? Mode { get; set; }

    [BindProperty]
    public string? Status { get; set; }

    /// <summary>Null: there is no such app.</summary>
    public App? App { get; private set; }

    public static IReadOnlyList<SelectListItem> Statuses { get; } = [new("Active", "normal"), new("Disabled", "disabled")];

    public async Task<IActionResult> OnGetAsync(string id)
    {
        App = Found(await apps.FindAsync(id, Aborted));
        (Mode, Status) = (App?.Mode, App?.Status == AppStatus.Disabled ? "disabled" : "normal");
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string id)
    {
        App = Found(await apps.FindAsync(id, Aborted));
        if (App is null)
        {
            return Page();
        }

        if (UserWords.Find<AppStatus>(Status) is not { } status)
        {
            Check(nameof(Status), "Choose one of both.");
            return Page();
        }

        var outcome = await update.RunAsync(id, Mode?.Trim() ?? "", status, null, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, nameof(Mode));
            return Page();
        }

        return Done(Links.App(id), "The app is saved.");
    }
}
