using System.Buffers.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Writes the headers <c>RateLimit-Limit</c>, <c>-Remaining</c> and <c>-Reset</c> (draft-ietf-httpapi-ratelimit-headers-06) of an Allow as
/// a second <c>ok_response</c>. Protobuf parsers merge it with the first, so prepared answers can carry them.
/// </summary>
internal static class LimitHeaders
{
    private const int MostDigits = 10;

    // CheckResponse.ok_response (3), OkHttpResponse.response_headers_to_add (6), all lengths below 128.
    private const byte OkResponse = (3 << 3) | 2;
    private const byte ResponseHeadersToAdd = (6 << 3) | 2;
    private const byte First = (1 << 3) | 2;
    private const byte Second = (2 << 3) | 2;

    // append: false, append_action: OVERWRITE_IF_EXISTS_OR_ADD.
    private static ReadOnlySpan<byte> Overwrite => [Second, 0, 3 << 3, 2];

    /// <summary>Upper bound of the bytes written.</summary>
    public const int LongestLength = 2 + (3 * (8 + 19 + MostDigits + 4));

    /// <returns>Bytes written.</returns>
    public static int Write(LimitState limit, Span<byte> output)
    {
        output[0] = OkResponse;
        var length = 2;
        length += Header("ratelimit-limit"u8, limit.Permits, output[length..]);
        length += Header("ratelimit-remaining"u8, limit.Remaining, output[length..]);
        length += Header("ratelimit-reset"u8, (long)Math.Ceiling(limit.Reset.TotalSeconds), output[length..]);
        output[1] = (byte)(length - 2);
        return length;
    }

    private static int Header(ReadOnlySpan<byte> name, long number, Span<byte> output)
    {
        Span<byte> digits = stackalloc byte[MostDigits];
        Utf8Formatter.TryFormat(number, digits, out var count);
        var header = 2 + name.Length + 2 + count;
        ReadOnlySpan<byte> start =
        [
            ResponseHeadersToAdd,
            (byte)(2 + header + Overwrite.Length),
            First,
            (byte)header,
            First,
            (byte)name.Length,
        ];
        start.CopyTo(output);
        name.CopyTo(output[start.Length..]);
        var at = start.Length + name.Length;
        output[at++] = Second;
        output[at++] = (byte)count;
        digits[..count].CopyTo(output[at..]);
        Overwrite.CopyTo(output[(at + count)..]);
        return at + count + Overwrite.Length;
    }
}
