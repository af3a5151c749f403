using System.Text;
using AuthSidecar.Paths;
using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <summary>What strangers wrote, as it may stand in a row: bounded, and without what no store takes.</summary>
internal static class RowText
{
    private const int LongestPath = 1024;
    private const int LongestName = 256;
    private const int MostBytesOfAChar = 3;

    /// <summary>A request target without its query and without the tokens in it, at most 1024 bytes of UTF-8.</summary>
    public static string? Path(string target)
    {
        target = TokenText.MayHold(target) ? TokenText.Hide(target.Split('?')[0]) : target;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        return Bound(target, end < 0 ? target.Length : end, LongestPath);
    }

    /// <summary>A name, at most 256 bytes of UTF-8.</summary>
    public static string? Name(string text) => Bound(text, text.Length, LongestName);

    /// <summary>Bounds what of a part clients, upstreams and Envoy's log choose; not the ids, which are ours or signed.</summary>
    public static void Bound(UsageRow part)
    {
        part.Model = Short(part.Model, LongestName);
        part.AskedModel = Short(part.AskedModel, LongestName);
        part.ErrorType = Short(part.ErrorType, LongestName);
        part.Client = Short(part.Client, LongestName);
        part.Policy = Short(part.Policy, LongestName);
        part.Reason = Short(part.Reason, LongestName);
        part.Path = Short(part.Path, LongestPath);
    }

    private static string? Short(string? text, int longest) => text is null || text.Length * MostBytesOfAChar <= longest ? text : Bound(text, text.Length, longest);

    // Nearly always the same string. PostgreSQL takes no NUL, and no half of a surrogate pair.
    private static string? Bound(string text, int length, int longest)
    {
        if (length * MostBytesOfAChar > longest)
        {
            length = Fitting(text.AsSpan(0, length), longest);
        }

        var bound = length == text.Length ? text : text[..length];
        bound = bound.Contains('\0', StringComparison.Ordinal) ? bound.Replace('\0', '\uFFFD') : bound;
        return bound.Length == 0 ? null : bound;
    }

    private static int Fitting(ReadOnlySpan<char> text, int bytes)
    {
        if (Encoding.UTF8.GetByteCount(text) <= bytes)
        {
            return text.Length;
        }

        var length = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
            {
                break;
            }

            length += rune.Utf16SequenceLength;
        }

        return length;
    }
}
