using System.Text;

namespace AuthSidecar.Administration.Shared;

/// <summary>The header <c>User-Agent</c> as stored and shown.</summary>
internal static class UserAgent
{
    private const int Longest = 256;

    /// <summary>At most 256 characters without control characters. No half of a surrogate pair, which PostgreSQL refuses.</summary>
    /// <returns>Null: nothing is left.</returns>
    public static string? Shortened(string? agent)
    {
        var text = new StringBuilder();
        foreach (var rune in (agent ?? "").EnumerateRunes())
        {
            if (text.Length + rune.Utf16SequenceLength > Longest)
            {
                break;
            }

            if (!Rune.IsControl(rune))
            {
                text.Append(rune.ToString());
            }
        }

        return text.Length == 0 ? null : text.ToString();
    }
}
