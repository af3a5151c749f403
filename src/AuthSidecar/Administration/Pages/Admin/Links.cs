using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Pages.Admin;

/// <summary>Addresses of pages of administration.</summary>
internal static class Links
{
    /// <summary>The path with those parts of the query that have a value.</summary>
    public static string To(string path, params IEnumerable<(string Name, string? Value)> query) =>
        path
        + QueryString.Create(query.Where(one => !string.IsNullOrEmpty(one.Value)).Select(one => KeyValuePair.Create(one.Name, one.Value)));

    public static string User(string id) => $"/ui/admin/users/{Uri.EscapeDataString(id)}";

    /// <summary>The page that asks before an identity is unlinked.</summary>
    public static string Unlink(UserIdentity identity) =>
        To($"{User(identity.UserId)}/unlink", ("issuer", identity.Issuer), ("subject", identity.Subject));

    public static string Key(string id) => $"/ui/admin/keys/{Uri.EscapeDataString(id)}";

    public static string Group(string id) => $"/ui/admin/groups/{Uri.EscapeDataString(id)}";

    public static string Tenant(string id) => $"/ui/admin/tenants/{Uri.EscapeDataString(id)}";

    public static string App(string id) => $"/ui/admin/apps/{Uri.EscapeDataString(id)}";
}
