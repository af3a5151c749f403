using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace AuthSidecar.Access.Requests;

/// <summary>Canonicalizes a path; rejects paths that a proxy, this sidecar and an upstream could interpret differently.</summary>
internal static class CanonicalPath
{
    // RFC 3986 pchar and "/", except "%", ".", ";" and "=". A path of these characters needs no decoding.
    private static readonly SearchValues<char> _plain = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_~!$&'()*+,:@/"
    );

    /// <summary>
    /// Percent-decodes the path of <paramref name="target"/> once. Allocates only to decode or to remove a query.
    /// </summary>
    /// <param name="target">Request target as received, with its query.</param>
    /// <param name="path">The canonical path; null: rejected.</param>
    public static bool TryRead(string target, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? path)
    {
        path = null;
        var query = target.IndexOf('?', StringComparison.Ordinal);
        var raw = query < 0 ? target.AsSpan() : target.AsSpan(0, query);
        if (raw.IsEmpty || raw[0] != '/' || (query >= 0 && !IsCleanQuery(target.AsSpan(query + 1))))
        {
            return false;
        }

        if (raw.ContainsAnyExcept(_plain))
        {
            path = Decode(raw);
        }
        else
        {
            path = query < 0 ? target : raw.ToString();
        }

        if (path is null || path.Contains("//", StringComparison.Ordinal) || HasDotSegment(path))
        {
            path = null;
        }

        return path is not null;
    }

    /// <summary>
    /// The same without the parameters of its segments: Tomcat and Spring serve <c>/adm;v=1/x</c> as <c>/adm/x</c>.
    /// </summary>
    /// <param name="raw">An undecoded path for which <see cref="TryRead"/> is true.</param>
    /// <param name="path">The path; null: rejected.</param>
    public static bool TryReadWithoutParameters(
        ReadOnlySpan<char> raw,
        [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? path
    ) => TryRead(WithoutParameters(raw), out path);

    // "%3B" is no separator of a parameter (RFC 3986 3.3).
    private static string WithoutParameters(ReadOnlySpan<char> raw)
    {
        var kept = new StringBuilder(raw.Length);
        foreach (var range in raw.Split('/'))
        {
            var segment = raw[range];
            var parameter = segment.IndexOf(';');
            kept.Append(range.Start.Value == 0 ? "" : "/").Append(parameter < 0 ? segment : segment[..parameter]);
        }

        return kept.ToString();
    }

    private static bool IsCleanQuery(ReadOnlySpan<char> query)
    {
        foreach (var c in query)
        {
            if (c <= ' ' || c == '#' || c == '\x7F' || c == '\uFFFD')
            {
                return false;
            }
        }

        return true;
    }

    private static string? Decode(ReadOnlySpan<char> raw)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(raw.Length);
        try
        {
            var length = 0;
            for (var i = 0; i < raw.Length; i++)
            {
                var c = raw[i];
                if (c == '%')
                {
                    if (i + 2 >= raw.Length || !char.IsAsciiHexDigit(raw[i + 1]) || !char.IsAsciiHexDigit(raw[i + 2]))
                    {
                        return null;
                    }

                    c = (char)Convert.ToByte(raw.Slice(i + 1, 2).ToString(), 16);
                    i += 2;
                    if (c is '/' or '\\')
                    {
                        return null;
                    }
                }
                else if (c is '#' or '\\' || c > '\x7E')
                {
                    return null;
                }

                if (c < ' ' || c == '\x7F' || (c == ' ' && raw[i] == ' '))
                {
                    return null;
                }

                buffer[length++] = (byte)c;
            }

            var bytes = buffer.AsSpan(0, length);
            return Utf8.IsValid(bytes) && !HidesASeparator(bytes) ? Encoding.UTF8.GetString(bytes) : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // "%252e", "%252f", "%255c": an upstream that decodes again would get a dot or a separator.
    private static bool HidesASeparator(ReadOnlySpan<byte> decoded)
    {
        for (var i = 0; i + 2 < decoded.Length; i++)
        {
            if (decoded[i] == '%' && (decoded[i + 1], decoded[i + 2] | 0x20) is ((byte)'2', 'e') or ((byte)'2', 'f') or ((byte)'5', 'c'))
            {
                return true;
            }
        }

        return false;
    }

    // With a path parameter too ("..;x"): some upstreams remove parameters before they resolve dot segments.
    private static bool HasDotSegment(string path)
    {
        foreach (var range in path.AsSpan().Split('/'))
        {
            var segment = path.AsSpan(range);
            var parameter = segment.IndexOf(';');
            if ((parameter < 0 ? segment : segment[..parameter]) is "." or "..")
            {
                return true;
            }
        }

        return false;
    }
}
