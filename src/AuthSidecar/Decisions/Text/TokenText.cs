using System.Buffers;

namespace AuthSidecar.Decisions.Text;

/// <summary>Finds tokens of this sidecar inside a text by their format.</summary>
internal static class TokenText
{
    private const string Mask = "****";

    // Lengths of ask_ID_SECRETCHECKSUM and of pk_ with 32 bytes in base64url. JWTs have no fixed length.
    private const int KeyLength = 55;
    private const int KeyUnderscore = 16;
    private const int KeyPrefix = 4;
    private const int LegacyLength = 46;
    private const int MostDecodings = 4;

    private static readonly SearchValues<string> _hints = SearchValues.Create(
        ["ask_", "aso_", "ase_", "pk_", "eyJ", "%"],
        StringComparison.Ordinal
    );
    private static readonly SearchValues<char> _base62 = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    );
    private static readonly SearchValues<char> _base64Url = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
    );

    /// <summary>Fast check: false when the text, even decoded, cannot contain a token, as in nearly all texts.</summary>
    /// <remarks>Each hint contains one of the three characters, and searching for characters is faster.</remarks>
    public static bool MayHold(ReadOnlySpan<char> text) => text.ContainsAny('_', 'J', '%') && text.ContainsAny(_hints);

    /// <summary>Percent-decodes repeatedly, up to four times.</summary>
    public static string Decode(ReadOnlySpan<char> text)
    {
        var decoded = text.ToString();
        for (var round = 0; round < MostDecodings && decoded.Contains('%', StringComparison.Ordinal); round++)
        {
            decoded = Query.Decode(decoded);
        }

        return decoded;
    }

    /// <summary>The text with each token masked; the same instance if it contains none.</summary>
    public static string Hide(string path)
    {
        if (!MayHold(path))
        {
            return path;
        }

        var decoded = Decode(path);
        var shown = new System.Text.StringBuilder(decoded.Length);
        var end = 0;
        var tokens = new Scanner(decoded);
        while (tokens.Find())
        {
            if (tokens.Start >= end)
            {
                shown.Append(decoded, end, tokens.Start - end).Append(Mask);
                end = tokens.Start + tokens.Length;
            }
        }

        return end == 0 ? path : shown.Append(decoded, end, decoded.Length - end).ToString();
    }

    /// <summary>Finds all tokens of a decoded text in linear time.</summary>
    internal ref struct Scanner(ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _next;
        private int _triedUntil;

        /// <summary>Index of the token.</summary>
        public int Start { get; private set; }

        public int Length { get; private set; }

        public bool Find()
        {
            while (_next < _text.Length)
            {
                Start = _next++;
                Length = LengthAt(_text[Start..], Start > 0 ? _text[Start - 1] : '/');
                if (Length > 0)
                {
                    return true;
                }
            }

            return false;
        }

        private static bool IsKey(ReadOnlySpan<char> text) =>
            text.Length >= KeyLength
            && text[KeyUnderscore] == '_'
            && !text[KeyPrefix..KeyUnderscore].ContainsAnyExcept(_base62)
            && !text[(KeyUnderscore + 1)..KeyLength].ContainsAnyExcept(_base62);

        private static bool IsLegacy(ReadOnlySpan<char> text, char before) =>
            text.Length >= LegacyLength
            && !char.IsAsciiLetterOrDigit(before)
            && !text[..LegacyLength].ContainsAnyExcept(_base64Url)
            && (text.Length == LegacyLength || !_base64Url.Contains(text[LegacyLength]));

        private int LengthAt(ReadOnlySpan<char> text, char before) =>
            text switch
            {
                ['a', 's', 'k' or 'o' or 'e', '_', ..] when IsKey(text) => KeyLength,
                ['p', 'k', '_', ..] when IsLegacy(text, before) => LegacyLength,
                ['e', 'y', 'J', ..] when Start >= _triedUntil => JwtLength(text),
                _ => 0,
            };

        // A JWT is three base64url runs separated by dots. A later start in the first run would end at the same index, so each run is
        // scanned once.
        private int JwtLength(ReadOnlySpan<char> text)
        {
            var length = 0;
            for (var part = 0; part < 3; part++)
            {
                var run = text[length..].IndexOfAnyExcept(_base64Url) is var end and >= 0 ? end : text.Length - length;
                length += run;
                _triedUntil = part == 0 ? Start + length : _triedUntil;
                if (run == 0 || (part < 2 && (length >= text.Length || text[length++] != '.')))
                {
                    return 0;
                }
            }

            return length;
        }
    }
}
