using System.Text;
using AuthSidecar.Administration.Audit;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>The audit trail.</summary>
internal sealed class AuditModel(ListAudit list, FindNames findNames) : AdminListPage<AuditEvent>
{
    private const int MostInFile = 10_000;

    [BindProperty(SupportsGet = true, Name = "action")]
    public string? Action { get; set; }

    [BindProperty(SupportsGet = true, Name = "from")]
    public string? FromText { get; set; }

    [BindProperty(SupportsGet = true, Name = "to")]
    public string? ToText { get; set; }

    /// <summary>Names of the users and keys of the list.</summary>
    public Names Names { get; private set; } = Names.None;

    public override string Path => "/ui/admin/audit";

    public string CsvHref => Links.To(Path, [.. Filter, ("handler", "Csv")]);

    protected override IReadOnlyList<(string Name, string? Value)> Filter =>
        [("q", Query), ("action", Action), ("from", FromText), ("to", ToText)];

    public override async Task<IActionResult> OnGetAsync()
    {
        CheckDays();
        if (ModelState.IsValid)
        {
            _ = await base.OnGetAsync();
        }

        return Page();
    }

    /// <summary>The latest 10,000 changes that match.</summary>
    public async Task<IActionResult> OnGetCsvAsync()
    {
        CheckDays();
        var events = new List<AuditEvent>();
        var filter = Wanted with { Take = ListFilter.Most };
        while (ModelState.IsValid && events.Count < MostInFile)
        {
            var page = await list.RunAsync(filter, Aborted);
            if (page.Refusal is { } refusal)
            {
                Refuse(refusal, "q");
                break;
            }

            events.AddRange(page.Value.Items);
            if (page.Value.Next is not { } next)
            {
                break;
            }

            filter = filter with { After = next };
        }

        return ModelState.IsValid
            ? File(Encoding.UTF8.GetBytes(Csv.Write(events.Select(AuditLine.Of))), "text/csv; charset=utf-8", "audit.csv")
            : Page();
    }

    protected override async Task<Outcome<Page<AuditEvent>>> ReadAsync()
    {
        var found = await list.RunAsync(Wanted with { Take = PerPage, After = After }, Aborted);
        if (found.Refusal is null)
        {
            var ids = found.Value.Items.SelectMany(AuditWords.Ids).ToList();
            Names = await findNames.RunAsync(ids, ids, Aborted);
        }

        return found;
    }

    private AuditFilter Wanted =>
        new()
        {
            Query = Query,
            Action = Any(Action),
            From = KeyInput.TryReadDay(FromText, out var from) ? from : null,
            To = KeyInput.TryReadDay(ToText, out var to) && to < DateTimeOffset.MaxValue.AddDays(-1) ? to.Value.AddDays(1) : null,
        };

    private void CheckDays()
    {
        Check("from", KeyInput.TryReadDay(FromText, out _) ? null : KeyInput.DateError);
        Check("to", KeyInput.TryReadDay(ToText, out _) ? null : KeyInput.DateError);
    }
}
