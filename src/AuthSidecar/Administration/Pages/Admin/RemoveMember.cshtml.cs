using AuthSidecar.Administration.Tenancy;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a user leaves a tenant.</summary>
internal sealed class RemoveMemberModel(ListMembers list, RemoveMember remove) : AdminPage
{
    [BindProperty(SupportsGet = true, Name = "tenant")]
    public string? Tenant { get; set; }

    /// <summary>Name or id.</summary>
    [BindProperty(SupportsGet = true, Name = "user")]
    public string? Person { get; set; }

    /// <summary>Null: there is no such member.</summary>
    public ListedMember? Member { get; private set; }

    public async Task<IActionResult> OnGetAsync()
    {
        var found = Found(await list.RunAsync(new() { Tenant = Tenant ?? "", User = Person ?? "" }, Aborted));
        Member = found?.Items is [var first, ..] ? first : null;
        Response.StatusCode = Member is null ? StatusCodes.Status404NotFound : StatusCodes.Status200OK;
        return Page();
    }

    public async Task<IActionResult> OnPostAsync()
    {
        var outcome = await remove.RunAsync(Tenant ?? "", Person ?? "", Aborted);
        if (Found(outcome) is not { } member)
        {
            return Page();
        }

        return Done(Links.To("/ui/admin/members", ("tenant", Tenant)), $"{member.User!.Name} is no longer a member of {Tenant}.");
    }
}
