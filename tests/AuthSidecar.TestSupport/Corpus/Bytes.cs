using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Texts of cases: one character is one byte, and a byte that JSON cannot express is written \xNN.</summary>
internal static partial class Bytes
{
    public static string Unescape(string text)
    {
        if (text.Any(character => character > 0x7E))
        {
            throw new InvalidDataException("Bytes above 0x7E are written \\xNN in a case.");
        }

        return Escape()
            .Replace(text, match =>
                ((char)byte.Parse(match.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString()
            );
    }

    /// <summary>The value in Envoy's headers map: UTF-8 stays, each byte that is not UTF-8 becomes an exclamation mark.</summary>
    public static string AsEnvoyMapValue(string bytes)
    {
        var text = new StringBuilder();
        ReadOnlySpan<byte> rest = Encoding.Latin1.GetBytes(bytes);
        while (!rest.IsEmpty)
        {
            var isText = Rune.DecodeFromUtf8(rest, out var rune, out var length) is System.Buffers.OperationStatus.Done;
            text.Append(isText ? rune.ToString() : new string('!', length));
            rest = rest[length..];
        }

        return text.ToString();
    }

    [GeneratedRegex(@"\\x([0-9A-Fa-f]{2})")]
    private static partial Regex Escape();
}
