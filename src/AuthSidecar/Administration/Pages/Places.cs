namespace AuthSidecar.Administration.Pages;

/// <summary>A link of the navigation.</summary>
internal sealed record Place(string Name, string Path);

/// <summary>The navigation: at most six places of a person, and a second row for administration.</summary>
internal static class Places
{
    private const string AdminPath = "/ui/admin";

    private static readonly Place[] _own =
    [
        new("Usage", "/ui/me"),
        new("Keys", "/ui/me/api-keys"),
        new("Devices", "/ui/me/devices"),
        new("Sessions", "/ui/me/sessions"),
        new("Requests", "/ui/me/requests"),
    ];

    private static readonly Place _admin = new("Admin", AdminPath);

    public static IReadOnlyList<Place> Admin { get; } =
    [
        new("Overview", AdminPath),
        new("Users", "/ui/admin/users"),
        new("Keys", "/ui/admin/keys"),
        new("Usage", "/ui/admin/usage"),
        new("Budgets", "/ui/admin/budgets"),
        new("Prices", "/ui/admin/prices"),
        new("Groups", "/ui/admin/groups"),
        new("Tenants", "/ui/admin/tenants"),
        new("Members", "/ui/admin/members"),
        new("Apps", "/ui/admin/apps"),
        new("Requests", "/ui/admin/requests"),
        new("Audit", "/ui/admin/audit"),
    ];

    public static IReadOnlyList<Place> Of(SignedIn person) => person.IsAdmin ? [.. _own, _admin] : _own;

    public static bool IsAdmin(HttpContext http) => http.Request.Path.StartsWithSegments(AdminPath);

    /// <summary>The place with the longest path that contains the page, or null. The first page of each row contains only itself.</summary>
    public static Place? Current(IReadOnlyList<Place> places, HttpContext http) =>
        places
            .Where(place => http.Request.Path == place.Path || (place != places[0] && http.Request.Path.StartsWithSegments(place.Path)))
            .MaxBy(place => place.Path.Length);
}
