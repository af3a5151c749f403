using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All groups, and the form that makes one.</summary>
internal sealed class GroupsModel(ListGroups list, CreateGroup create) : AdminListPage<ListedGroup>
{
    [BindProperty]
    public string? Name { get; set; }

    public override string Path => "/ui/admin/groups";

    public async Task<IActionResult> OnPostAsync()
    {
        var outcome = await create.RunAsync(Name ?? "", Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, nameof(Name));
            return await AgainAsync();
        }

        return Done(Links.Group(outcome.Value.Id), $"Group “{outcome.Value.Id}” is made. Add its members below.");
    }

    protected override Task<Outcome<Page<ListedGroup>>> ReadAsync() =>
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
