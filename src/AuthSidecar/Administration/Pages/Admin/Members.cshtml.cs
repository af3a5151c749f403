using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>All members of tenants, and the form that adds one.</summary>
internal sealed class MembersModel(ListMembers list, AddMember add) : AdminListPage<ListedMember>
{
    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    [BindProperty(SupportsGet = true, Name = "user")]
    public string? Person { get; set; }

    [BindProperty]
    public string? NewTenant { get; set; }

    [BindProperty]
    public string? NewUser { get; set; }

    [BindProperty]
    public string? Role { get; set; } = AddMember.DefaultRole;

    public override string Path => "/ui/admin/members";

    protected override IReadOnlyList<(string Name, string? Value)> Filter => [("q", Query), ("tenant", Tenant), ("user", Person)];

    public async Task<IActionResult> OnPostAsync()
    {
        Check(nameof(NewTenant), Rules.Tenant(NewTenant ?? ""));
        Check(nameof(Role), Rules.Id("role", Role ?? ""));
        if (!IsGiven(NewUser, nameof(NewUser), "Enter the name of a user.") || !ModelState.IsValid)
        {
            return await AgainAsync();
        }

        var outcome = await add.RunAsync(NewTenant!, NewUser, Role!, Aborted);
        if (outcome.Refusal is { } refusal)
        {
            Refuse(refusal, refusal.Code == "unknown_tenant" ? nameof(NewTenant) : nameof(NewUser));
            return await AgainAsync();
        }

        var member = outcome.Value;
        return Done(Links.To(Path, ("tenant", member.TenantId)), $"{NewUser} is {member.Role} of {member.TenantId}.");
    }

    protected override string FieldOf(Refusal refusal) =>
        refusal.Code switch
        {
            "unknown_tenant" => "tenant",
            "unknown_user" => "user",
            _ => "q",
        };

    protected override Task<Outcome<Page<ListedMember>>> ReadAsync() =>
        list.RunAsync(
            new()
            {
                Query = Query,
                Tenant = Any(Tenant),
                User = Any(Person),
                Take = PerPage,
                After = After,
            },
            Aborted
        );
}
