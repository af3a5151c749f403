using AuthSidecar.Access.Policies;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Reports;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest;

/// <summary>The account of the caller.</summary>
internal sealed record MeDocument(
    string Id,
    string Name,
    string? DisplayName,
    string? Email,
    UserRole Role,
    UserStatus Status,
    bool MustChangePassword
);

/// <param name="DisplayName">Null: pages show the name.</param>
internal sealed record MePatch(string? DisplayName);

/// <summary>A login in one browser.</summary>
/// <param name="Current">The session of this request.</param>
internal sealed record SessionDocument(
    string Id,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    DateTimeOffset AuthenticatedAt,
    string? Address,
    string? Agent,
    DateTimeOffset? EndedAt,
    bool Current
)
{
    public static SessionDocument Of(Session session, string? current) =>
        new(
            session.Id,
            session.CreatedAt,
            session.LastSeenAt,
            session.AuthenticatedAt,
            session.Address,
            session.Agent,
            session.EndedAt,
            session.Id == current
        );
}

/// <param name="Ended">Number of sessions.</param>
internal sealed record EndedSessionsDocument(int Ended);

/// <summary><c>/api/me</c>, its sessions and its requests.</summary>
internal sealed class MeEndpoints(
    RenameUser rename,
    ListSessions sessions,
    EndSessions end,
    OwnRequests requests,
    ReportTurns turns,
    ConsoleOptions console,
    LiveOptions<PolicySet> policies,
    TimeProvider time
)
{
    public static Task<IResult> ShowAsync(HttpContext http) => Task.FromResult<IResult>(RestAnswer.Tagged(Document(http.Caller())));

    public async Task<IResult> ChangeAsync(HttpContext http)
    {
        var body = await http.ReadBodyAsync<MePatch>();
        var caller = http.Caller();
        var isExpected = RestETag.Expected(http.Request);
        var changed = await rename.RunAsync(
            caller.UserId!,
            body.DisplayName,
            isExpected is null ? null : user => isExpected(Document(caller with { DisplayName = user.DisplayName })),
            http.RequestAborted
        );
        return RestAnswer.Tagged(Document(caller with { DisplayName = changed.OrRefuse().DisplayName }));
    }

    public async Task<IResult> SessionsAsync(HttpContext http)
    {
        var caller = http.Caller();
        var found = await sessions.RunAsync(caller.UserId, new(console.SessionIdle, console.SessionLifetime), http.RequestAborted);
        return RestAnswer.Of(
            new ItemsDocument<SessionDocument>([.. found.OrRefuse().Select(session => SessionDocument.Of(session, caller.SessionId))])
        );
    }

    public async Task<IResult> EndSessionAsync(HttpContext http, string id)
    {
        var caller = http.Caller();
        if (Rules.Id("session", id) is not null)
        {
            throw RestException.Of(Refusal.Unknown("session", id));
        }

        var ended = (await end.RunAsync(id, caller.UserId, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(SessionDocument.Of(ended, caller.SessionId));
    }

    public async Task<IResult> EndOtherSessionsAsync(HttpContext http)
    {
        var caller = http.Caller();
        var ended = (await end.OfUserAsync(caller.UserId!, caller.SessionId, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(new EndedSessionsDocument(ended.Count));
    }

    public async Task<IResult> RequestsAsync(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        var today = DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var days = query.Count(PersonUsage.Days.Name, 1, OwnUsage.MostDays) ?? OwnUsage.UsualDays;
        var filter = new OwnRequestFilter(today.AddDays(1 - days), today)
        {
            IsRefused = query.Word<RequestDecision>("decision") == RequestDecision.Refused,
            Take = query.Limit(),
            After = query.Cursor(),
        };
        var found = await turns.RunAsync(() => requests.ListAsync(http.Caller().UserId!, filter, http.RequestAborted), http.RequestAborted);
        return RestAnswer.List(found.OrRefuse(), UsageRowDocument.Of);
    }

    public async Task<IResult> RequestAsync(HttpContext http, string decisionId)
    {
        var row = (await requests.FindAsync(http.Caller().UserId!, decisionId, http.RequestAborted)).OrRefuse();
        var isPublic = row.Policy is { } policy && policies.Current.ByName(policy)?.Options.Public == true;
        return RestAnswer.Of(Explanation.Of(row, isPublic));
    }

    // Only active accounts authenticate.
    private static MeDocument Document(Caller caller) =>
        new(caller.UserId!, caller.Name, caller.DisplayName, caller.Email, caller.Role, UserStatus.Active, caller.MustChangePassword);
}

/// <summary>Requests to list.</summary>
internal enum RequestDecision
{
    Refused,
}
