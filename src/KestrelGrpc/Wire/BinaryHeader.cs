using System.Text;

namespace KestrelGrpc.Wire;

/// <summary>Values of headers whose name ends in <c>-bin</c>.</summary>
internal static class BinaryHeader
{
    /// <summary>Base64 without padding, which every peer must accept and which is shorter.</summary>
    public static string Encode(ReadOnlySpan<byte> value) => Convert.ToBase64String(value).TrimEnd('=');

    /// <summary>Padded or not. A value that is not base64 is taken as it came: proxies add headers that they do not encode.</summary>
    public static byte[] Decode(ReadOnlySpan<char> text)
    {
        text = text.Trim();
        var bare = text.TrimEnd('=');
        Span<char> padded = stackalloc char[256];
        var length = (bare.Length + 3) / 4 * 4;
        if (length > padded.Length)
        {
            padded = new char[length];
        }

        bare.CopyTo(padded);
        padded[bare.Length..length].Fill('=');
        var bytes = new byte[length / 4 * 3];
        return Convert.TryFromBase64Chars(padded[..length], bytes, out var written) ? bytes[..written] : Encoding.UTF8.GetBytes(text.ToString());
    }
}
