using AuthSidecar.Paths;

namespace AuthSidecar.Usage;

/// <summary>What strangers wrote, as it may stand in a row: bounded, and without what no store takes.</summary>
internal static class RowText
{
    private const int LongestPath = 1024;
    private const int LongestName = 256;

    /// <summary>A request target without its query and without the tokens in it, at most 1024 characters.</summary>
    public static string? Path(string target)
    {
        target = TokenText.MayHold(target) ? TokenText.Hide(target.Split('?')[0]) : target;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        return Bound(target, end < 0 ? target.Length : end, LongestPath);
    }

    /// <summary>A name, at most 256 characters.</summary>
    public static string? Name(string text) => Bound(text, text.Length, LongestName);

    // Nearly always the same string. PostgreSQL takes no NUL, and no half of a surrogate pair.
    private static string? Bound(string text, int length, int longest)
    {
        if (length > longest)
        {
            length = char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest;
        }

        var bound = length == text.Length ? text : text[..length];
        bound = bound.Contains('\0', StringComparison.Ordinal) ? bound.Replace('\0', '\uFFFD') : bound;
        return bound.Length == 0 ? null : bound;
    }
}
