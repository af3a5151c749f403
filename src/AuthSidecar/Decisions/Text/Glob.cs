using System.IO.Enumeration;

namespace AuthSidecar.Decisions.Text;

/// <summary>
/// Globs of model names: <c>*</c> is any run of characters, <c>?</c> any one; the whole name must match, case-sensitively.
/// </summary>
internal static class Glob
{
    /// <returns>False for an empty name or pattern.</returns>
    public static bool IsMatch(string pattern, string name) =>
        FileSystemName.MatchesSimpleExpression(
            pattern.Contains('\\', StringComparison.Ordinal) ? Literal(pattern) : pattern,
            name,
            ignoreCase: false
        );

    // A backslash escapes there, except after a single leading star: so it is doubled, and stars too.
    private static string Literal(string pattern) =>
        pattern.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("*", "**", StringComparison.Ordinal);
}
