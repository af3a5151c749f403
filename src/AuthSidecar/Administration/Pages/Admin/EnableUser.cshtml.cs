using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before a user is enabled.</summary>
internal sealed class EnableUserModel(ShowUser show, UpdateUser update) : UserActionPage(show)
{
    protected override async Task<IActionResult> RunAsync(User person) =>
        Answer(
            await update.RunAsync(person.Id, new() { Status = UserStatus.Active }, force: false, null, Aborted),
            $"{person.Name} is enabled."
        );
}
