using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before the role of a user changes.</summary>
[Authorize(ConsolePolicies.AdminSudo)]
internal sealed class UserRoleModel(ShowUser show, UpdateUser update) : UserActionPage(show)
{
    /// <summary>The role that the page named, so that a second click changes nothing back.</summary>
    [BindProperty]
    public string? Role { get; set; }

    public bool IsPromotion => Person!.Role != UserRole.Admin;

    public string Wanted => IsPromotion ? "admin" : "user";

    protected override async Task<IActionResult> RunAsync(User person)
    {
        if (UserWords.Find<UserRole>(Role) is not { } role)
        {
            Check("", "Choose a role.");
            return Page();
        }

        return Answer(
            await update.RunAsync(person.Id, new() { Role = role }, force: false, null, Aborted),
            role == UserRole.Admin ? $"{person.Name} is an administrator." : $"{person.Name} is no longer an administrator."
        );
    }
}
