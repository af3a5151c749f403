using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace AuthSidecar.Administration.Pages.Me;

/// <summary>The browsers in which the person is signed in.</summary>
[Authorize(ConsolePolicies.Session)]
internal sealed class SessionsModel(ListSessions list, EndSessions end, ConsoleOptions options) : OwnPage
{
    /// <summary>This browser first.</summary>
    public IReadOnlyList<Session> Sessions { get; private set; } = [];

    public bool IsThis(Session session) => session.Id == HttpContext.Caller().SessionId;

    public async Task OnGetAsync() =>
        Sessions = [
            .. (await list.RunAsync(UserId, new(options.SessionIdle, options.SessionLifetime), Aborted)).Value.OrderByDescending(IsThis),
        ];

    public async Task<IActionResult> OnPostEndAsync(string id)
    {
        var outcome = await end.RunAsync(id, UserId, Aborted);
        return Done(
            "/ui/me/sessions",
            outcome.Refusal is null ? $"{Browser.Words(outcome.Value.Agent)} is signed out." : "That session had ended already."
        );
    }
}
