using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace AuthSidecar.Platform.Telemetry;

/// <summary>Texts chosen by clients, for log lines: bounded in encoded JSON bytes.</summary>
internal static class LogText
{
    // \uXXXX; a surrogate pair is two of them.
    private const int LongestEscape = 6;

    private static readonly SearchValues<char> _plain = SearchValues.Create(
        " !#$%()*,-./0123456789:;=?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_abcdefghijklmnopqrstuvwxyz{|}~"
    );

    /// <summary>Writes a text whole, or its beginning, <c>…</c> and the number of omitted characters: <c>/v1/aaa…(+57344)</c>.</summary>
    /// <param name="json">An object.</param>
    /// <param name="name">Name of the property.</param>
    /// <param name="text">The text.</param>
    /// <param name="most">Bytes of the value without its quotes, at least 64.</param>
    public static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<char> text, int most)
    {
        if (text.Length * LongestEscape <= most || Fitting(text, most) == text.Length)
        {
            json.WriteString(name, text);
            return;
        }

        Span<char> mark = stackalloc char[20];
        mark.TryWrite(CultureInfo.InvariantCulture, $"…(+{text.Length})", out var length);
        var kept = Fitting(text, most - (length * LongestEscape));
        kept = kept > 0 && char.IsHighSurrogate(text[kept - 1]) ? kept - 1 : kept;
        mark.TryWrite(CultureInfo.InvariantCulture, $"…(+{text.Length - kept})", out length);
        json.WriteString(name, string.Concat(text[..kept], mark[..length]));
    }

    // Number of characters that fit into the bytes.
    private static int Fitting(ReadOnlySpan<char> text, int bytes)
    {
        var index = 0;
        while (index < text.Length && bytes > 0)
        {
            var plain = text[index..].IndexOfAnyExcept(_plain);
            plain = plain < 0 ? text.Length - index : plain;
            if (plain >= bytes)
            {
                return index + bytes;
            }

            index += plain;
            bytes -= plain;
            if (index < text.Length)
            {
                if (bytes < LongestEscape)
                {
                    return index;
                }

                bytes -= LongestEscape;
                index++;
            }
        }

        return index;
    }
}
