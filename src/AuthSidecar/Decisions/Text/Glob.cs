using System.IO.Enumeration;

namespace AuthSidecar.Decisions.Text;

/// <summary>
/// Globs of model names: <c>*</c> matches any run of characters, <c>?</c> any single one; the whole name must match, case-sensitively.
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

    // MatchesSimpleExpression treats a backslash as an escape, except in patterns with a single leading star; doubling backslashes and
    // stars makes both literal.
    private static string Literal(string pattern) =>
        pattern.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("*", "**", StringComparison.Ordinal);
}
