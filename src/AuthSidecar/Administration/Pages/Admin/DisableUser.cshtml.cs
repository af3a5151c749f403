using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a user is disabled.</summary>
internal sealed class DisableUserModel(ShowUser show, UpdateUser update) : UserActionPage(show)
{
    protected override async Task<IActionResult> RunAsync(User person) =>
        IsSelf
            ? Answer<User>(Refusal.Invalid("You cannot disable yourself. Ask another administrator."), "")
            : Answer(
                await update.RunAsync(person.Id, new() { Status = UserStatus.Suspended }, force: false, null, Aborted),
                $"{person.Name} is disabled."
            );
}
