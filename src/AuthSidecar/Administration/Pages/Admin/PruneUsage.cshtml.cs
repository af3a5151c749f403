using System.Globalization;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Counts old usage, and asks before it is deleted.</summary>
[Authorize(ConsolePolicies.AdminSudo)]
internal sealed class PruneUsageModel(PruneUsage prune) : AdminPage
{
    [BindProperty(SupportsGet = true, Name = "days")]
    public string? Days { get; set; }

    /// <summary>What would be deleted; null: the number of days is invalid.</summary>
    public PrunedUsage? Preview { get; private set; }

    public int RetentionDays { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        await ReadAsync();
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        await ReadAsync();
        if (Preview is null)
        {
            return Page();
        }

        var outcome = await prune.RunAsync(Preview.OlderThanDays, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, "days");
            return Page();
        }

        return Done("/ui/admin/usage", $"{Formats.Count(outcome.Value.Deleted, "row")} of usage deleted.");
    }

    private async Task ReadAsync()
    {
        RetentionDays = (await prune.PreviewAsync(null, Aborted)).Value.RetentionDays;
        Days = string.IsNullOrEmpty(Days) ? RetentionDays.ToString(CultureInfo.InvariantCulture) : Days;
        var outcome = int.TryParse(Days, NumberStyles.None, CultureInfo.InvariantCulture, out var days)
            ? await prune.PreviewAsync(days, Aborted)
            : Refusal.Invalid("");
        if (outcome.Refusal is null)
        {
            Preview = outcome.Value;
        }
        else
        {
            Check("days", "Enter a whole number from 1 to 36500.");
        }
    }
}
