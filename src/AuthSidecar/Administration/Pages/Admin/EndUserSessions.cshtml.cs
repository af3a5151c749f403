using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Asks before all sessions of a user end.</summary>
internal sealed class EndUserSessionsModel(ShowUser show, EndSessions end) : UserActionPage(show)
{
    protected override async Task<IActionResult> RunAsync(User person)
    {
        var outcome = await end.OfUserAsync(person.Id, null, Aborted);
        return Answer(outcome, outcome.Refusal is null ? $"{Formats.Count(outcome.Value.Count, "session")} ended." : "");
    }
}
