using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Users;
using AuthSidecar.Administration.Web;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary>Actions on users and sessions.</summary>
internal static class UserActions
{
    private static readonly RestParameter[] _sessions = [new("user", "Only sessions of this user, by name or id.")];

    public static void MapUserActions(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/users/{id}/disable", ["POST"], DisableAsync)
            .Describe("Suspend a user", null, 404, 409)
            .Answers<AdminUserDocument>();
        admin
            .MapMethods("/users/{id}/enable", ["POST"], EnableAsync)
            .Describe("Activate a user", null, 404, 409)
            .Answers<AdminUserDocument>();
        admin
            .MapMethods("/users/{id}/reset-password", ["POST"], ResetAsync)
            .NeedsSudo()
            .Describe("Replace the password of a user by a one-time password", null, 404, 409)
            .Answers<ResetPasswordDocument>();
        admin
            .MapMethods("/users/{id}/sessions", ["DELETE"], EndOfUserAsync)
            .Describe("End all sessions of a user", null, 404)
            .Answers<EndedSessionsDocument>();
        admin
            .MapMethods("/sessions", RestRoutes.Reads, ListAsync)
            .Describe("List live sessions of all", new() { Query = _sessions }, 404)
            .Answers<ItemsDocument<AdminSessionDocument>>();
        admin.MapMethods("/sessions/{id}", ["DELETE"], EndAsync).Describe("End a session", null, 404).Answers<AdminSessionDocument>();
    }

    /// <exception cref="RestException">The user is the caller.</exception>
    public static void RefuseSelf(HttpContext http, User user)
    {
        if (http.Caller().UserId == user.Id)
        {
            throw RestException.Of(
                new Refusal(RefusalKind.Invalid, "cannot_disable_self", "The caller's own account cannot be disabled by itself.")
            );
        }
    }

    private static async Task<RestAnswer> DisableAsync(HttpContext http, string id, ShowUser shown, UpdateUser users)
    {
        RefuseSelf(http, (await shown.RunAsync(id, http.RequestAborted)).OrRefuse().User);
        return await SetAsync(http, id, UserStatus.Suspended, users);
    }

    private static Task<RestAnswer> EnableAsync(HttpContext http, string id, UpdateUser users) =>
        SetAsync(http, id, UserStatus.Active, users);

    private static async Task<RestAnswer> SetAsync(HttpContext http, string id, UserStatus status, UpdateUser users) =>
        AdminUsers.Answer(http, (await users.RunAsync(id, new() { Status = status }, false, null, http.RequestAborted)).OrRefuse());

    private static async Task<RestAnswer> ResetAsync(HttpContext http, string id, ResetPassword passwords)
    {
        var made = (await passwords.RunAsync(id, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(new ResetPasswordDocument(made.User.Id, made.User.Name, made.Password, made.ExpiresAt));
    }

    private static async Task<RestAnswer> EndOfUserAsync(HttpContext http, string id, EndSessions sessions) =>
        RestAnswer.Of(new EndedSessionsDocument((await sessions.OfUserAsync(id, null, http.RequestAborted)).OrRefuse().Count));

    private static async Task<RestAnswer> ListAsync(HttpContext http, ListSessions sessions, ConsoleOptions console)
    {
        var limits = new SessionLimits(console.SessionIdle, console.SessionLifetime);
        var live = await sessions.RunAsync(new RestQuery(http.Request).Text("user"), limits, http.RequestAborted);
        return RestAnswer.Of(new ItemsDocument<AdminSessionDocument>([.. live.OrRefuse().Select(AdminSessionDocument.Of)]));
    }

    private static async Task<RestAnswer> EndAsync(HttpContext http, string id, EndSessions sessions) =>
        RestAnswer.Of(AdminSessionDocument.Of((await sessions.RunAsync(id, null, http.RequestAborted)).OrRefuse()));
}

/// <param name="Password">Shown once; to be replaced at the next login.</param>
/// <param name="ExpiresAt">End of its validity.</param>
internal sealed record ResetPasswordDocument(string Id, string Name, string Password, DateTimeOffset ExpiresAt);

/// <param name="Id">Id for lists; not the secret of the cookie.</param>
internal sealed record AdminSessionDocument(
    string Id,
    string UserId,
    string? User,
    DateTimeOffset CreatedAt,
    DateTimeOffset LastSeenAt,
    string? Address,
    string? Agent,
    DateTimeOffset? EndedAt
)
{
    public static AdminSessionDocument Of(Session session) =>
        new(
            session.Id,
            session.UserId,
            session.User?.Name,
            session.CreatedAt,
            session.LastSeenAt,
            session.Address,
            session.Agent,
            session.EndedAt
        );
}
