using AuthSidecar.Administration.Shared;
using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/groups</c></summary>
internal static class AdminGroups
{
    private static readonly RestParameter[] _list =
    [
        RestParameter.Search,
        new("user", "Only groups of this user, by name or id."),
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    public static IReadOnlyList<RestParameter> Plain { get; } = [RestParameter.Search, RestParameter.Limit, RestParameter.Cursor];

    public static void MapGroups(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/groups", RestRoutes.Reads, ListAsync)
            .Describe("List groups", new() { Query = _list }, 404)
            .Answers<ListDocument<ListedGroup>>();
        admin
            .MapMethods("/groups", ["POST"], CreateAsync)
            .Describe("Create a group", new() { Body = typeof(IdBody), HasETag = true }, 409)
            .Answers<ListedGroup>(StatusCodes.Status201Created);
        admin
            .MapMethods("/groups/{id}", RestRoutes.Reads, FindAsync)
            .Describe("Show a group", new() { HasETag = true }, 404)
            .Answers<ListedGroup>();
        admin
            .MapMethods("/groups/{id}", ["DELETE"], RemoveAsync)
            .Describe("Remove an unused group", new() { HasIfMatch = true }, 404, 409)
            .Answers<ListedGroup>();
        admin
            .MapMethods("/groups/{id}/members", RestRoutes.Reads, MembersAsync)
            .Describe("List members of a group", new() { Query = Plain }, 404)
            .Answers<ListDocument<ListedGroupMember>>();
        admin
            .MapMethods("/groups/{id}/members", ["POST"], AddAsync)
            .Describe("Add a user to a group", new() { Body = typeof(UserBody) }, 404, 409)
            .Answers<GroupMemberDocument>(StatusCodes.Status201Created);
        admin
            .MapMethods("/groups/{id}/members/{user}", ["DELETE"], RemoveMemberAsync)
            .Describe("Remove a user from a group", null, 404)
            .Answers<GroupMemberDocument>();
    }

    public static ListFilter PlainFilter(HttpContext http)
    {
        var query = new RestQuery(http.Request);
        return new()
        {
            Query = query.Text("q"),
            Take = query.Limit(),
            After = query.Cursor(),
        };
    }

    private static async Task<RestAnswer> ListAsync(HttpContext http, ListGroups groups)
    {
        var query = new RestQuery(http.Request);
        var filter = new GroupFilter
        {
            Query = query.Text("q"),
            User = query.Text("user"),
            Take = query.Limit(),
            After = query.Cursor(),
        };
        return RestAnswer.List((await groups.RunAsync(filter, http.RequestAborted)).OrRefuse(), group => group);
    }

    private static async Task<RestAnswer> FindAsync(HttpContext http, string id, ListGroups groups) =>
        RestAnswer.Tagged((await groups.FindAsync(id, http.RequestAborted)).OrRefuse());

    private static async Task<RestAnswer> CreateAsync(HttpContext http, CreateGroup groups)
    {
        var body = await http.ReadBodyAsync<IdBody>();
        var group = (await groups.RunAsync(body.Id, http.RequestAborted)).OrRefuse();
        var document = new ListedGroup(group.Id, 0, group.CreatedAt);
        return RestAnswer.Created(document, $"/api/admin/groups/{group.Id}") with { ETag = RestETag.Of(document) };
    }

    private static async Task<RestAnswer> RemoveAsync(HttpContext http, string id, RemoveGroup groups)
    {
        Func<Group, int, bool>? isExpected = RestETag.Expected(http.Request) is { } expected
            ? (stored, members) => expected(new ListedGroup(stored.Id, members, stored.CreatedAt))
            : null;
        var group = (await groups.RunAsync(id, isExpected, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(new ListedGroup(group.Id, 0, group.CreatedAt));
    }

    private static async Task<RestAnswer> MembersAsync(HttpContext http, string id, ListGroupMembers members) =>
        RestAnswer.List((await members.RunAsync(id, PlainFilter(http), http.RequestAborted)).OrRefuse(), member => member);

    private static async Task<RestAnswer> AddAsync(HttpContext http, string id, AddToGroup members)
    {
        var body = await http.ReadBodyAsync<UserBody>();
        var member = (await members.RunAsync(id, body.User, http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(
            new GroupMemberDocument(member.GroupId, member.UserId, member.User?.Name),
            $"/api/admin/groups/{member.GroupId}/members/{member.UserId}"
        );
    }

    private static async Task<RestAnswer> RemoveMemberAsync(HttpContext http, string id, string user, RemoveFromGroup members)
    {
        var member = (await members.RunAsync(id, user, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(new GroupMemberDocument(member.GroupId, member.UserId, member.User?.Name));
    }
}

/// <param name="Id">1 to 64 letters, digits, <c>_</c> or <c>-</c>.</param>
internal sealed record IdBody(string Id);

/// <param name="User">Name or id.</param>
internal sealed record UserBody(string User);

internal sealed record GroupMemberDocument(string Group, string UserId, string? User);
