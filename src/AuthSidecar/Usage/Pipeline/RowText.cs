using System.Text;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Bounds and cleans untrusted text for usage columns.</summary>
internal static class RowText
{
    private const int LongestPath = 1024;
    private const int LongestName = 256;
    private const int MostBytesOfAChar = 3;

    /// <summary>A request target without its query and with credentials hidden, at most 1024 bytes of UTF-8.</summary>
    public static string? Path(string target)
    {
        target = TokenText.MayHold(target) ? TokenText.Hide(target.Split('?')[0]) : target;
        var end = target.IndexOf('?', StringComparison.Ordinal);
        return Bound(target, end < 0 ? target.Length : end, LongestPath);
    }

    /// <summary>A name, at most 256 bytes of UTF-8.</summary>
    public static string? Name(string text) => Bound(text, text.Length, LongestName);

    /// <summary>Bounds the columns that clients, upstreams and Envoy's access log choose; ids are ours or signed.</summary>
    public static void Bound(UsageReport report)
    {
        report.Model = Short(report.Model, LongestName);
        report.AskedModel = Short(report.AskedModel, LongestName);
        report.ErrorType = Short(report.ErrorType, LongestName);
        report.Client = Short(report.Client, LongestName);
        report.Policy = Short(report.Policy, LongestName);
        report.Reason = Short(report.Reason, LongestName);
        report.Path = Short(report.Path, LongestPath);
    }

    private static string? Short(string? text, int longest) =>
        text is null || text.Length * MostBytesOfAChar <= longest ? text : Bound(text, text.Length, longest);

    // Nearly always returns the same string. PostgreSQL accepts neither NUL nor half of a surrogate pair.
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
