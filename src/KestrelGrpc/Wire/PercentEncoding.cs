using System.Buffers;
using System.Text;

namespace KestrelGrpc.Wire;

/// <summary>The encoding of <c>grpc-message</c>: UTF-8, with everything outside 0x20-0x7E, and '%' itself, as %XX.</summary>
internal static class PercentEncoding
{
    private static readonly SearchValues<char> Plain =
        SearchValues.Create([.. Enumerable.Range(0x20, 0x7F - 0x20).Select(code => (char)code).Where(character => character != '%')]);

    public static string Encode(string text)
    {
        if (!text.AsSpan().ContainsAnyExcept(Plain))
        {
            return text;
        }

        var encoded = new StringBuilder(text.Length + 16);
        foreach (var value in Encoding.UTF8.GetBytes(text))
        {
            if (value is >= 0x20 and <= 0x7E and not (byte)'%')
            {
                encoded.Append((char)value);
            }
            else
            {
                encoded.Append('%').Append(Convert.ToHexString([value]));
            }
        }

        return encoded.ToString();
    }

    /// <summary>A '%' that no two hex digits follow stays as it is: a broken message is better than none.</summary>
    public static string Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal))
        {
            return text;
        }

        var source = Encoding.UTF8.GetBytes(text);
        var decoded = new ArrayBufferWriter<byte>(source.Length);
        for (var i = 0; i < source.Length; i++)
        {
            if (source[i] == '%' && i + 2 < source.Length && char.IsAsciiHexDigit((char)source[i + 1]) && char.IsAsciiHexDigit((char)source[i + 2]))
            {
                decoded.Write([(byte)((HexValue(source[i + 1]) << 4) | HexValue(source[i + 2]))]);
                i += 2;
            }
            else
            {
                decoded.Write([source[i]]);
            }
        }

        return Encoding.UTF8.GetString(decoded.WrittenSpan);
    }

    private static int HexValue(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
}
