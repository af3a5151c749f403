using System.Buffers;
using System.Text;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>Reads <c>type; name=value; name="value"</c>, strictly: without escapes and without blanks around the equals sign.</summary>
internal ref struct MediaParameters
{
    private static readonly SearchValues<byte> _blanks = SearchValues.Create(" \t"u8);
    private static readonly SearchValues<byte> _token = SearchValues.Create(
        "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8
    );

    private ReadOnlySpan<byte> _rest;

    public MediaParameters(ReadOnlySpan<byte> value)
    {
        var end = value.IndexOf((byte)';');
        Type = Trim(end < 0 ? value : value[..end]);
        _rest = end < 0 ? default : value[end..];
    }

    /// <summary>Bytes of a field's name: no quotes, escapes or encoded words.</summary>
    public static SearchValues<byte> NameBytes { get; } =
        SearchValues.Create("-._[]0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>The value before its parameters.</summary>
    public ReadOnlySpan<byte> Type { get; }

    /// <summary>Everything was read.</summary>
    public readonly bool IsWhole => _rest.IsEmpty;

    /// <summary>Whether text in this charset is UTF-8 too, if it is ASCII.</summary>
    public static bool IsAscii(ReadOnlySpan<byte> charset) =>
        Ascii.EqualsIgnoreCase(charset, "utf-8"u8)
        || Ascii.EqualsIgnoreCase(charset, "utf8"u8)
        || Ascii.EqualsIgnoreCase(charset, "us-ascii"u8)
        || Ascii.EqualsIgnoreCase(charset, "iso-8859-1"u8);

    /// <returns>False at the end, and before what is no parameter.</returns>
    public bool TryRead(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> value)
    {
        name = value = default;
        if (_rest.IsEmpty || _rest[0] != ';')
        {
            return false;
        }

        var text = Trim(_rest[1..]);
        var length = LengthOf(text);
        if (length == 0 || length == text.Length || text[length] != '=')
        {
            return false;
        }

        name = text[..length];
        text = text[(length + 1)..];
        if (text is [(byte)'"', ..])
        {
            var end = text[1..].IndexOf((byte)'"');
            if (end < 0)
            {
                return false;
            }

            value = text.Slice(1, end);
            _rest = Trim(text[(end + 2)..]);
            return true;
        }

        length = LengthOf(text);
        value = text[..length];
        _rest = Trim(text[length..]);
        return length > 0;
    }

    private static int LengthOf(ReadOnlySpan<byte> text) => text.IndexOfAnyExcept(_token) is var end and >= 0 ? end : text.Length;

    private static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> text)
    {
        var first = text.IndexOfAnyExcept(_blanks);
        return first < 0 ? default : text[first..(text.LastIndexOfAnyExcept(_blanks) + 1)];
    }
}
