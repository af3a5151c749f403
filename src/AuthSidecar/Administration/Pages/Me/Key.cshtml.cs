using AuthSidecar.Administration.Keys;
using AuthSidecar.Administration.Pages.Parts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>One of the person's keys, and its use by day.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class KeyModel(OwnKeys keys, SumUsage sums, TimeProvider time) : OwnPage
{
    public ApiKey? Key { get; private set; }

    public UsageFigures Figures { get; private set; } = UsageFigures.None;

    public DaysOption Days { get; } = DaysOption.Of(DaysOption.Usual, time);

    public DateTimeOffset Now => time.GetUtcNow();

    public bool IsUsable => KeyWords.IsUsable(Key!, Now);

    public string? LastUse => Key!.LastUsedAddress is { } address ? $"from {address}" : null;

    public DayChart Chart => Figures.ByDay(Days);

    public async Task<IActionResult> OnGetAsync(string id)
    {
        var found = await keys.FindAsync(UserId, id, Aborted);
        if (found.Refusal is not null)
        {
            return NotThere();
        }

        Key = found.Value;
        var query = new UsageQuery(UsageGroup.Day, Days.First, Days.Last) { UserId = UserId, KeyId = Key.Id };
        Figures = new(await sums.RunAsync(query, Aborted));
        return Page();
    }
}
