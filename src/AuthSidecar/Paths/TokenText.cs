using System.Buffers;

namespace AuthSidecar.Paths;

/// <summary>Finds tokens of this sidecar in the middle of a text, by their form alone.</summary>
internal static class TokenText
{
    private const string Mask = "****";

    // ask_ID_SECRETCHECKSUM; pk_ and 32 bytes in base64url; a JSON Web Token has no length of its own.
    private const int KeyLength = 55;
    private const int KeyUnderscore = 16;
    private const int KeyPrefix = 4;
    private const int LegacyLength = 46;
    private const int MostDecodings = 4;

    private static readonly SearchValues<string> _beginnings = SearchValues.Create(["ask_", "aso_", "ase_", "pk_", "eyJ"], StringComparison.Ordinal);
    private static readonly SearchValues<string> _hints = SearchValues.Create(["ask_", "aso_", "ase_", "pk_", "eyJ", "%"], StringComparison.Ordinal);
    private static readonly SearchValues<char> _base62 = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly SearchValues<char> _base64Url = SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_");

    /// <summary>False for a text that holds none and nothing that decoding could make one of; nearly every text.</summary>
    public static bool MayHold(ReadOnlySpan<char> text) => text.ContainsAny(_hints);

    /// <summary>The text without its percent-encoding, however often it was encoded.</summary>
    public static string Decode(ReadOnlySpan<char> text)
    {
        var decoded = text.ToString();
        for (var round = 0; round < MostDecodings && decoded.Contains('%', StringComparison.Ordinal); round++)
        {
            decoded = Query.Decode(decoded);
        }

        return decoded;
    }

    /// <summary>The first token in a decoded text.</summary>
    /// <param name="text">Where to look.</param>
    /// <param name="from">Where to begin.</param>
    /// <param name="length">Of the token.</param>
    /// <returns>Where it begins, or -1.</returns>
    public static int Find(ReadOnlySpan<char> text, int from, out int length)
    {
        for (var at = from; text[at..].IndexOfAny(_beginnings) is var found and >= 0; at++)
        {
            at += found;
            length = LengthAt(text[at..], at > 0 ? text[at - 1] : '/');
            if (length > 0)
            {
                return at;
            }
        }

        length = 0;
        return -1;
    }

    /// <summary>A path as it may be shown: with stars for each token. The same path when it holds none.</summary>
    public static string Hide(string path)
    {
        if (!MayHold(path))
        {
            return path;
        }

        var decoded = Decode(path);
        var at = Find(decoded, 0, out var length);
        if (at < 0)
        {
            return path;
        }

        var shown = new System.Text.StringBuilder(decoded.Length);
        var end = 0;
        for (; at >= 0; at = Find(decoded, end, out length))
        {
            shown.Append(decoded, end, at - end).Append(Mask);
            end = at + length;
        }

        return shown.Append(decoded, end, decoded.Length - end).ToString();
    }

    private static int LengthAt(ReadOnlySpan<char> text, char before) => text[0] switch
    {
        'a' => IsKey(text) ? KeyLength : 0,
        'p' => IsLegacy(text, before) ? LegacyLength : 0,
        _ => JwtLength(text),
    };

    private static bool IsKey(ReadOnlySpan<char> text) => text.Length >= KeyLength && text[KeyUnderscore] == '_'
        && !text[KeyPrefix..KeyUnderscore].ContainsAnyExcept(_base62) && !text[(KeyUnderscore + 1)..KeyLength].ContainsAnyExcept(_base62);

    private static bool IsLegacy(ReadOnlySpan<char> text, char before) => text.Length >= LegacyLength && !char.IsAsciiLetterOrDigit(before)
        && !text[..LegacyLength].ContainsAnyExcept(_base64Url) && (text.Length == LegacyLength || !_base64Url.Contains(text[LegacyLength]));

    // Three runs between dots, each of which begins or ends the token.
    private static int JwtLength(ReadOnlySpan<char> text)
    {
        var length = 0;
        for (var part = 0; part < 3; part++)
        {
            var run = text[length..].IndexOfAnyExcept(_base64Url) is var end and >= 0 ? end : text.Length - length;
            length += run;
            if (run == 0 || (part < 2 && (length >= text.Length || text[length++] != '.')))
            {
                return 0;
            }
        }

        return length;
    }
}
