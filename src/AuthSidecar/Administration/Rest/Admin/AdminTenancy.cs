using AuthSidecar.Administration.Tenancy;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/tenants</c>, <c>/apps</c> and <c>/members</c></summary>
internal static class AdminTenancy
{
    private static readonly RestParameter _tenant = new("tenant", "Only of this tenant.");

    private static readonly RestParameter[] _apps = [RestParameter.Search, _tenant, RestParameter.Limit, RestParameter.Cursor];

    private static readonly RestParameter[] _members =
    [
        RestParameter.Search,
        _tenant,
        new("user", "Only of this user, by name or id."),
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    public static void MapTenants(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/tenants", RestRoutes.Reads, ListTenantsAsync)
            .Describe("List tenants", new() { Query = AdminGroups.Plain })
            .Answers<ListDocument<ListedTenant>>();
        admin
            .MapMethods("/tenants", ["POST"], CreateTenantAsync)
            .Describe("Create a tenant", new() { Body = typeof(IdBody) }, 409)
            .Answers<ListedTenant>(StatusCodes.Status201Created);
        admin.MapMethods("/tenants/{id}", RestRoutes.Reads, FindTenantAsync).Describe("Show a tenant", null, 404).Answers<ListedTenant>();
        admin
            .MapMethods("/tenants/{id}", ["DELETE"], RemoveTenantAsync)
            .Describe("Remove an unused tenant", null, 404, 409)
            .Answers<ListedTenant>();
    }

    public static void MapApps(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/apps", RestRoutes.Reads, ListAppsAsync)
            .Describe("List apps", new() { Query = _apps }, 404)
            .Answers<ListDocument<AdminAppDocument>>();
        admin
            .MapMethods("/apps", ["POST"], CreateAppAsync)
            .Describe("Create an app", new() { Body = typeof(NewAppBody), HasETag = true }, 404, 409)
            .Answers<AdminAppDocument>(StatusCodes.Status201Created);
        admin
            .MapMethods("/apps/{id}", RestRoutes.Reads, FindAppAsync)
            .Describe("Show an app", new() { HasETag = true }, 404)
            .Answers<AdminAppDocument>();
        admin
            .MapMethods("/apps/{id}", ["PATCH"], UpdateAppAsync)
            .Describe(
                "Change an app",
                new()
                {
                    Body = typeof(AppChangeBody),
                    HasETag = true,
                    HasIfMatch = true,
                },
                404
            )
            .Answers<AdminAppDocument>();
        admin
            .MapMethods("/apps/{id}", ["DELETE"], RemoveAppAsync)
            .Describe("Remove a disabled app", new() { HasIfMatch = true }, 404, 409)
            .Answers<AdminAppDocument>();
    }

    public static void MapMembers(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/members", RestRoutes.Reads, ListMembersAsync)
            .Describe("List members of tenants", new() { Query = _members }, 404)
            .Answers<ListDocument<ListedMember>>();
        admin
            .MapMethods("/members", ["POST"], AddMemberAsync)
            .Describe("Add a user to a tenant, or change the role", new() { Body = typeof(MemberBody) }, 404, 409)
            .Answers<ListedMember>();
        admin
            .MapMethods("/members/{tenant}/{user}", ["DELETE"], RemoveMemberAsync)
            .Describe("Remove a user from a tenant", null, 404)
            .Answers<ListedMember>();
    }

    private static async Task<RestAnswer> ListTenantsAsync(HttpContext http, ListTenants tenants) =>
        RestAnswer.List((await tenants.RunAsync(AdminGroups.PlainFilter(http), http.RequestAborted)).OrRefuse(), tenant => tenant);

    private static async Task<RestAnswer> FindTenantAsync(HttpContext http, string id, ListTenants tenants) =>
        RestAnswer.Of((await tenants.FindAsync(id, http.RequestAborted)).OrRefuse());

    private static async Task<RestAnswer> CreateTenantAsync(HttpContext http, CreateTenant tenants)
    {
        var body = await http.ReadBodyAsync<IdBody>();
        var tenant = (await tenants.RunAsync(body.Id, http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(new ListedTenant(tenant.Id, 0, 0, tenant.CreatedAt), $"/api/admin/tenants/{tenant.Id}");
    }

    private static async Task<RestAnswer> RemoveTenantAsync(HttpContext http, string id, RemoveTenant tenants)
    {
        var tenant = (await tenants.RunAsync(id, http.RequestAborted)).OrRefuse();
        return RestAnswer.Of(new ListedTenant(tenant.Id, 0, 0, tenant.CreatedAt));
    }

    private static async Task<RestAnswer> ListAppsAsync(HttpContext http, ListApps apps)
    {
        var query = new RestQuery(http.Request);
        var filter = new AppFilter
        {
            Query = query.Text("q"),
            Tenant = query.Text("tenant"),
            Take = query.Limit(),
            After = query.Cursor(),
        };
        return RestAnswer.List((await apps.RunAsync(filter, http.RequestAborted)).OrRefuse(), AdminAppDocument.Of);
    }

    private static async Task<RestAnswer> FindAppAsync(HttpContext http, string id, ListApps apps) =>
        RestAnswer.Tagged(AdminAppDocument.Of((await apps.FindAsync(id, http.RequestAborted)).OrRefuse()));

    private static async Task<RestAnswer> CreateAppAsync(HttpContext http, CreateApp apps)
    {
        var body = await http.ReadBodyAsync<NewAppBody>();
        var wanted = new NewApp(body.Id, body.Tenant) { Mode = body.Mode, Status = body.Status };
        var app = (await apps.RunAsync(wanted, http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(AdminAppDocument.Of(app), $"/api/admin/apps/{app.Id}") with
        {
            ETag = RestETag.Of(AdminAppDocument.Of(app)),
        };
    }

    private static async Task<RestAnswer> UpdateAppAsync(HttpContext http, string id, UpdateApp apps)
    {
        var body = await http.ReadBodyAsync<AppChangeBody>();
        var changed = (await apps.RunAsync(id, body.Mode, body.Status, Expected(http), http.RequestAborted)).OrRefuse();
        return RestAnswer.Tagged(AdminAppDocument.Of(changed));
    }

    private static async Task<RestAnswer> RemoveAppAsync(HttpContext http, string id, RemoveApp apps) =>
        RestAnswer.Of(AdminAppDocument.Of((await apps.RunAsync(id, Expected(http), http.RequestAborted)).OrRefuse()));

    private static Func<App, bool>? Expected(HttpContext http) =>
        RestETag.Expected(http.Request) is { } expected ? app => expected(AdminAppDocument.Of(app)) : null;

    private static async Task<RestAnswer> ListMembersAsync(HttpContext http, ListMembers members)
    {
        var query = new RestQuery(http.Request);
        var filter = new MemberFilter
        {
            Query = query.Text("q"),
            Tenant = query.Text("tenant"),
            User = query.Text("user"),
            Take = query.Limit(),
            After = query.Cursor(),
        };
        return RestAnswer.List((await members.RunAsync(filter, http.RequestAborted)).OrRefuse(), member => member);
    }

    private static async Task<RestAnswer> AddMemberAsync(HttpContext http, AddMember members)
    {
        var body = await http.ReadBodyAsync<MemberBody>();
        return Answer((await members.RunAsync(body.Tenant, body.User, body.Role ?? AddMember.DefaultRole, http.RequestAborted)).OrRefuse());
    }

    private static async Task<RestAnswer> RemoveMemberAsync(HttpContext http, string tenant, string user, RemoveMember members) =>
        Answer((await members.RunAsync(tenant, user, http.RequestAborted)).OrRefuse());

    private static RestAnswer Answer(Member member) =>
        RestAnswer.Of(new ListedMember(member.TenantId, member.UserId, member.User?.Name ?? "", member.Role, member.CreatedAt));
}

/// <param name="Mode">Access mode for policies with <c>Acl: acl</c>; empty: none.</param>
internal sealed record AdminAppDocument(string Id, string Tenant, string Mode, AppStatus Status, DateTimeOffset CreatedAt)
{
    public static AdminAppDocument Of(App app) => new(app.Id, app.TenantId, app.Mode, app.Status, app.CreatedAt);
}

internal sealed record NewAppBody(string Id, string Tenant)
{
    public string? Mode { get; init; }
    public AppStatus Status { get; init; }
}

/// <summary>A member that is missing or null stays as it is.</summary>
/// <param name="Mode">Empty: none.</param>
internal sealed record AppChangeBody(string? Mode = null, AppStatus? Status = null);

/// <param name="Role">Missing: <c>member</c>.</param>
internal sealed record MemberBody(string Tenant, string User, string? Role = null);
