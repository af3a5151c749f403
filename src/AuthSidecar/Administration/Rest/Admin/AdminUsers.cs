using System.Text.Json.Serialization;
using AuthSidecar.Administration.Accounts;
using AuthSidecar.Administration.Users;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Rest.Admin;

/// <summary><c>/api/admin/users</c>: list, one user, new users and changes.</summary>
internal static class AdminUsers
{
    private static readonly RestParameter[] _list =
    [
        RestParameter.Search,
        RestParameter.Of<UserStatus>("status", "Only users of this status."),
        RestParameter.Of<UserRole>("role", "Only users of this role."),
        RestParameter.Limit,
        RestParameter.Cursor,
    ];

    public static void MapUsers(this IEndpointRouteBuilder admin)
    {
        admin
            .MapMethods("/users", RestRoutes.Reads, ListAsync)
            .Describe("List users", new() { Query = _list })
            .Answers<ListDocument<AdminUserDocument>>();
        admin
            .MapMethods("/users/{id}", RestRoutes.Reads, ShowAsync)
            .Describe("Show a user", new() { HasETag = true }, 404)
            .Answers<AdminUserDocument>();
        admin
            .MapMethods("/users", ["POST"], CreateAsync)
            .Describe("Create a user", new() { Body = typeof(NewUserBody), IsIdempotent = true }, 409)
            .Answers<NewUserDocument>(StatusCodes.Status201Created);
        admin
            .MapMethods("/users/{id}", ["PATCH"], UpdateAsync)
            .Describe(
                "Change a user",
                new()
                {
                    Body = typeof(UserChangeBody),
                    HasETag = true,
                    HasIfMatch = true,
                },
                404,
                409
            )
            .Answers<AdminUserDocument>();
    }

    public static RestAnswer Answer(HttpContext http, User user) =>
        RestAnswer.Versioned(AdminUserDocument.Of(user), AdminUserDocument.VersionOf(user));

    private static async Task<RestAnswer> ListAsync(HttpContext http, ListUsers users)
    {
        var query = new RestQuery(http.Request);
        var filter = new UserFilter
        {
            Query = query.Text("q"),
            Status = query.Word<UserStatus>("status"),
            Role = query.Word<UserRole>("role"),
            Take = query.Limit(),
            After = query.Cursor(),
        };
        return RestAnswer.List((await users.RunAsync(filter, http.RequestAborted)).OrRefuse(), AdminUserDocument.Of);
    }

    private static async Task<RestAnswer> ShowAsync(HttpContext http, string id, ShowUser users) =>
        Answer(http, (await users.RunAsync(id, http.RequestAborted)).OrRefuse().User);

    private static async Task<RestAnswer> CreateAsync(HttpContext http, CreateAccount accounts, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<NewUserBody>();
        if (body.Role == UserRole.Admin)
        {
            http.RequireSudo(time);
        }

        var wanted = new NewUser(body.Name)
        {
            Role = body.Role,
            Email = body.Email,
            DisplayName = body.DisplayName,
        };
        var created = (await accounts.RunAsync(wanted, body.Password, http.RequestAborted)).OrRefuse();
        return RestAnswer.Created(
            new NewUserDocument(
                AdminUserDocument.Of(created.User),
                body.Password is null ? created.Password : null,
                body.Password is null ? created.ExpiresAt : null
            ),
            $"/api/admin/users/{created.User.Id}"
        );
    }

    private static async Task<RestAnswer> UpdateAsync(HttpContext http, string id, UpdateUser users, ShowUser shown, TimeProvider time)
    {
        var change = (await http.ReadBodyAsync<UserChangeBody>()).Change;
        if (change.Role is not null)
        {
            http.RequireSudo(time);
        }

        if (change.Status is { } status && status != UserStatus.Active)
        {
            UserActions.RefuseSelf(http, (await shown.RunAsync(id, http.RequestAborted)).OrRefuse().User);
        }

        var expected = RestETag.Expected(http.Request);
        Func<User, bool>? isExpected = expected is null ? null : user => expected(AdminUserDocument.VersionOf(user));
        return Answer(http, (await users.RunAsync(id, change, false, isExpected, http.RequestAborted)).OrRefuse());
    }
}

/// <summary>A user for admins.</summary>
internal sealed record AdminUserDocument(
    string Id,
    string Name,
    string? DisplayName,
    string? Email,
    UserRole Role,
    UserStatus Status,
    bool System,
    DateTimeOffset CreatedAt,
    DateTimeOffset? LastLoginAt
)
{
    public static AdminUserDocument Of(User user) =>
        new(user.Id, user.Name, user.DisplayName, user.Email, user.Role, user.Status, user.IsSystem, user.CreatedAt, user.LastLoginAt);

    /// <summary>The values that can be changed, for the entity tag.</summary>
    public static object VersionOf(User user) =>
        new
        {
            user.Id,
            user.DisplayName,
            user.Email,
            user.Role,
            user.Status,
        };
}

internal sealed record NewUserBody(string Name)
{
    public UserRole Role { get; init; }
    public string? Email { get; init; }
    public string? DisplayName { get; init; }

    /// <summary>First password, to be replaced at the first login; missing: a random one, in the answer.</summary>
    public string? Password { get; init; }
}

/// <summary>A new user.</summary>
/// <param name="User">The user.</param>
/// <param name="Password">The random password, shown once; null: the request gave one, or it is repeated.</param>
/// <param name="PasswordExpiresAt">End of its validity.</param>
internal sealed record NewUserDocument(AdminUserDocument User, string? Password, DateTimeOffset? PasswordExpiresAt) : IOneTimeSecret
{
    public object WithoutSecret() => this with { Password = null };
}

/// <summary>Members to change; a member that is missing stays as it is.</summary>
internal sealed class UserChangeBody
{
    [JsonIgnore]
    public UserChange Change { get; private set; } = new();

    public UserRole Role
    {
        get => Change.Role ?? default;
        set => Change = Change with { Role = value };
    }

    public UserStatus Status
    {
        get => Change.Status ?? default;
        set => Change = Change with { Status = value };
    }

    /// <summary>Null: none.</summary>
    public string? Email
    {
        get => Change.Email?.Value;
        set => Change = Change with { Email = new(value) };
    }

    /// <summary>Null: the name is shown.</summary>
    public string? DisplayName
    {
        get => Change.DisplayName?.Value;
        set => Change = Change with { DisplayName = new(value) };
    }
}
