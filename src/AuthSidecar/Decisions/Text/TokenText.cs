using System.Buffers;

namespace AuthSidecar.Decisions.Text;

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

    /// <summary>False for a text that holds none and nothing that decoding could make one of; nearly every text.</summary>
    /// <remarks>Each hint holds one of the three characters, which are found faster.</remarks>
    public static bool MayHold(ReadOnlySpan<char> text) => text.ContainsAny('_', 'J', '%') && text.ContainsAny(_hints);

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

    /// <summary>A path as it may be shown: with stars for each token. The same path when it holds none.</summary>
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

    /// <summary>Finds tokens in a decoded text, one after another, in time that grows with its length alone.</summary>
    internal ref struct Scanner(ReadOnlySpan<char> text)
    {
        private readonly ReadOnlySpan<char> _text = text;
        private int _next;
        private int _triedUntil;

        /// <summary>Where the token begins.</summary>
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

        // Three runs between dots. What begins later in the first run would end where this one does, so the run is looked at once.
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
