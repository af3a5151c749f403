using AuthSidecar.Administration.Pages.Me;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>What stands where the subject of an admin's page is unknown.</summary>
internal static class Missing
{
    public const string Partial = "../Me/_Missing";

    public static MissingView User { get; } = Of("user", "/ui/admin/users");
    public static MissingView Key { get; } = Of("key", "/ui/admin/keys");
    public static MissingView Group { get; } = Of("group", "/ui/admin/groups");
    public static MissingView Tenant { get; } = Of("tenant", "/ui/admin/tenants");
    public static MissingView App { get; } = Of("app", "/ui/admin/apps");
    public static MissingView Member { get; } = Of("member", "/ui/admin/members");
    public static MissingView Budget { get; } = Of("budget", "/ui/admin/budgets");

    public static MissingView SentBefore { get; } =
        new(
            "This form was sent before",
            "Nothing was made this time. The key is in the list; its secret was shown once and cannot be shown again.",
            "All keys",
            "/ui/admin/keys"
        );

    private static MissingView Of(string what, string list) =>
        new($"No such {what}", "It may have been removed, or the address may be wrong.", $"All {what}s", list);
}
