using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Web;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>Asks before all other sessions of the person end.</summary>
[Authorize(ConsolePolicies.Sudo)]
internal sealed class EndOtherSessionsModel(ListSessions list, EndSessions end, ConsoleOptions options) : OwnPage
{
    public int Others { get; private set; }

    public async Task OnGetAsync() =>
        Others = (await list.RunAsync(UserId, new(options.SessionIdle, options.SessionLifetime), Aborted)).Value.Count - 1;

    public async Task<IActionResult> OnPostAsync()
    {
        var ended = (await end.OfUserAsync(UserId, HttpContext.Caller().SessionId, Aborted)).Value.Count;
        return Done("/ui/me/sessions", ended == 0 ? "No other browser was signed in." : $"{Formats.Count(ended, "browser")} signed out.");
    }
}
