using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All apps, and the form that makes one.</summary>
internal sealed class AppsModel(ListApps list, CreateApp create) : AdminListPage<App>
{
    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    [BindProperty]
    public string? Name { get; set; }

    /// <summary>The tenant of a new app.</summary>
    [BindProperty]
    public string? Owner { get; set; }

    [BindProperty]
    public string? Mode { get; set; }

    public override string Path => "/ui/admin/apps";

    protected override IReadOnlyList<(string Name, string? Value)> Filter => [("q", Query), ("tenant", Tenant)];

    public async Task<IActionResult> OnPostAsync()
    {
        Check(nameof(Name), Rules.Id("app", Name ?? ""));
        Check(nameof(Owner), Rules.Tenant(Owner ?? ""));
        Check(nameof(Mode), Any(Mode) is { } mode ? Rules.Id("mode", mode) : null);
        if (!ModelState.IsValid)
        {
            return await AgainAsync();
        }

        var outcome = await create.RunAsync(new(Name!, Owner!) { Mode = Any(Mode) }, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, refusal.Kind == RefusalKind.NotFound ? nameof(Owner) : nameof(Name));
            return await AgainAsync();
        }

        return Done(Path, $"App “{outcome.Value.Id}” is made.");
    }

    protected override string FieldOf(Refusal refusal) => refusal.Code == "unknown_tenant" ? "tenant" : "q";

    protected override Task<Outcome<Page<App>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Query = Query,
                Tenant = Any(Tenant),
                Take = PerPage,
                After = After,
            },
            Aborted
        );
}
