using AuthSidecar.Administration.Budgets;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>A group, its members and its budgets.</summary>
internal sealed class GroupModel(ListGroupMembers list, AddToGroup add, RemoveFromGroup remove, ListBudgets budgets)
    : AdminListPage<ListedGroupMember>
{
    [BindProperty(SupportsGet = true, Name = "id")]
    public string Id { get; set; } = "";

    /// <summary>Name or id.</summary>
    [BindProperty]
    public string? UserName { get; set; }

    public bool Exists { get; private set; }

    public IReadOnlyList<BudgetView> Budgets { get; private set; } = [];

    public override string Path => Links.Group(Id);

    public override async Task<IActionResult> OnGetAsync()
    {
        _ = await base.OnGetAsync();
        return await ShowAsync();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        if (IsGiven(UserName, nameof(UserName), "Enter the name of a user."))
        {
            var outcome = await add.RunAsync(Id, UserName, Aborted);
            if (outcome.Refusal is not { } refusal)
            {
                return Done(Path, $"{outcome.Value.User!.Name} is in the group now.");
            }

            Refuse(refusal, nameof(UserName));
        }

        _ = await AgainAsync();
        return await ShowAsync();
    }

    public async Task<IActionResult> OnPostRemoveAsync()
    {
        var outcome = await remove.RunAsync(Id, UserName ?? "", Aborted);
        return Done(
            Path,
            outcome.Refusal is null ? $"{outcome.Value.User!.Name} is no longer in the group." : "The user is no longer in the group."
        );
    }

    protected override async Task<Outcome<Page<ListedGroupMember>>> ReadAsync()
    {
        var outcome = await list.RunAsync(
            Id,
            new()
            {
                Query = Query,
                Take = PerPage,
                After = After,
            },
            Aborted
        );
        Exists = outcome.Refusal?.Kind != RefusalKind.NotFound;
        return outcome;
    }

    private async Task<IActionResult> ShowAsync()
    {
        if (!Exists)
        {
            // The page says it itself.
            ModelState.Clear();
        }
        else
        {
            var all = await budgets.RunAsync(new() { Query = Id }, Aborted);
            Budgets =
            [
                .. all
                    .Value.Items.Where(one => one.Budget.Scope is BudgetScope.Group or BudgetScope.Shared && one.Budget.SubjectId == Id)
                    .Select(BudgetView.Of),
            ];
        }

        return Page();
    }
}
