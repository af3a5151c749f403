using System.Text;
using AuthSidecar.Administration.Shared;

namespace AuthSidecar.Administration.Commands;

/// <summary>
/// Text for a terminal. Clients, upstreams and providers choose names: what would move the cursor, reorder letters, hide them or join
/// lines is shown as <c>?</c>.
/// </summary>
internal static class PlainText
{
    public static string Of(string text) => text.All(letter => letter is >= ' ' and <= '~') ? text : Replace(text);

    private static string Replace(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            plain.Append(IsShown(rune) ? rune.ToString() : "?");
        }

        return plain.ToString();
    }

    // Format characters are the bidirectional and zero-width ones; fillers of Hangul are letters without a shape.
    private static bool IsShown(Rune rune) =>
        Rules.IsPrintable(rune)
        && rune.Value is not (0x115F or 0x1160 or 0x3164 or 0xFFA0 or 0x034F or 0x180B or 0x180C or 0x180D or 0x180F or 0x2800)
        && rune.Value is not (>= 0xFE00 and <= 0xFE0F or >= 0xE0100 and <= 0xE01EF);
}
