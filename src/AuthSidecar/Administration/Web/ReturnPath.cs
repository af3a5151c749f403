using System.Diagnostics.CodeAnalysis;

namespace AuthSidecar.Administration.Web;

/// <summary>The page to which a login returns: a path of this console, never another address.</summary>
internal static class ReturnPath
{
    public const string Default = "/ui/me";
    private const int Longest = 2048;
    private static readonly string[] _roots = ["/ui", "/device"];
    private static readonly string[] _excluded =
    [
        "/ui/login",
        "/ui/logout",
        "/ui/reauthenticate",
        "/ui/resend",
        "/ui/sign-in-failed",
        "/ui/set-password",
        "/ui/error",
        "/ui/assets",
    ];

    /// <summary>Query <c>?return=</c>; empty for a path that no login returns to.</summary>
    public static string Query(string path) => IsSafe(path) ? $"?return={Uri.EscapeDataString(path)}" : "";

    /// <summary>The given path if it is safe; else the person's first page.</summary>
    public static string Of(string? path) => IsSafe(path) ? path : Default;

    /// <summary>True for the path, with or without query, of a page of the console in its only spelling.</summary>
    public static bool IsSafe([NotNullWhen(true)] string? path)
    {
        if (path is null || path.Length > Longest || !path.StartsWith('/') || path.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            return false;
        }

        // A browser reads a backslash as a slash, and "//" as the start of a host.
        var end = path.IndexOf('?', StringComparison.Ordinal);
        var alone = end < 0 ? path : path[..end];
        if (
            path.AsSpan().ContainsAny('\\', '#')
            || alone.Contains("//", StringComparison.Ordinal)
            || alone.AsSpan().ContainsAny('%', ':', '@')
        )
        {
            return false;
        }

        var parsed = new PathString(alone);
        return !alone.Split('/').Any(segment => segment is "." or "..")
            && Array.Exists(_roots, root => parsed.StartsWithSegments(root))
            && !Array.Exists(_excluded, root => parsed.StartsWithSegments(root));
    }
}
