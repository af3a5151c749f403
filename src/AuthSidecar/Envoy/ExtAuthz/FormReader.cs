using System.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>
/// Reads the model from a form (multipart/form-data), as OpenAI's audio and image endpoints take it. A form in which parsers could find
/// different parts is unreadable.
/// </summary>
internal static class FormReader
{
    // RFC 2046 5.1.1.
    private const int LongestBoundary = 70;
    private const int LongestHead = 4096;
    private const int LongestModel = 256;

    private const int LongestType = 256;

    /// <summary>Whether the media type is that of a form.</summary>
    public static bool IsForm(string? contentType) =>
        contentType is not null && contentType.AsSpan().TrimStart().StartsWith("multipart/form-data", StringComparison.OrdinalIgnoreCase);

    public static RequestBody Read(ReadOnlySpan<byte> body, string contentType)
    {
        Span<byte> delimiter = stackalloc byte[LongestBoundary + 2];
        var length = WriteDelimiter(contentType, delimiter);
        return length > 0 && TryRead(body, delimiter[..length], out var model) ? new(BodyState.Read, model) : new(BodyState.Unreadable);
    }

    // 0: no boundary, or not exactly one.
    private static int WriteDelimiter(string contentType, Span<byte> delimiter)
    {
        Span<byte> bytes = stackalloc byte[LongestType];
        if (contentType.Length > LongestType || !Ascii.IsValid(contentType))
        {
            return 0;
        }

        var parameters = new MediaParameters(bytes[..Encoding.ASCII.GetBytes(contentType, bytes)]);
        var length = 0;
        while (parameters.TryRead(out var name, out var value))
        {
            if (length > 0 || value.Length > LongestBoundary || !Ascii.EqualsIgnoreCase(name, "boundary"u8) || !IsBoundary(value))
            {
                return 0;
            }

            "--"u8.CopyTo(delimiter);
            value.CopyTo(delimiter[2..]);
            length = value.Length + 2;
        }

        return parameters.IsWhole && Ascii.EqualsIgnoreCase(parameters.Type, "multipart/form-data"u8) ? length : 0;
    }

    // A blank at its end, or an escape, is part of it for some parsers only.
    private static bool IsBoundary(ReadOnlySpan<byte> value) => !value.IsEmpty && value.IndexOfAny(" \t\\"u8) < 0;

    private static bool TryRead(ReadOnlySpan<byte> body, ReadOnlySpan<byte> delimiter, out string? model)
    {
        model = null;
        if (!body.StartsWith(delimiter))
        {
            return false;
        }

        body = body[delimiter.Length..];
        while (body.StartsWith("\r\n"u8))
        {
            // Also within a line, where lenient parsers find it.
            var next = body.IndexOf(delimiter);
            if (next < 4 || !body[..next].EndsWith("\r\n"u8) || !TryReadPart(body[2..(next - 2)], ref model))
            {
                return false;
            }

            body = body[(next + delimiter.Length)..];
        }

        // Without an epilogue.
        return body.SequenceEqual("--\r\n"u8) || body.SequenceEqual("--"u8);
    }

    private static bool TryReadPart(ReadOnlySpan<byte> part, ref string? model)
    {
        var end = part[..Math.Min(part.Length, LongestHead)].IndexOf("\r\n\r\n"u8);
        if (end < 0 || !FormHead.TryRead(part[..end], out var head))
        {
            return false;
        }

        if (Ascii.EqualsIgnoreCase(head.Name, "model"u8))
        {
            return model is null && head.IsText && TryReadModel(part[(end + 4)..], out model);
        }

        // Lists of further models, members of "model", and the charset of all values (RFC 7578 4.6).
        return !StartsWithModel(head.Name)
            && !Ascii.EqualsIgnoreCase(head.Name, "fallbacks"u8)
            && !Ascii.EqualsIgnoreCase(head.Name, "_charset_"u8);
    }

    private static bool StartsWithModel(ReadOnlySpan<byte> name) =>
        name.Length > 5 && Ascii.EqualsIgnoreCase(name[..5], "model"u8) && name[5] is (byte)'s' or (byte)'S' or (byte)'[' or (byte)'.';

    private static bool TryReadModel(ReadOnlySpan<byte> value, out string? model)
    {
        model = null;
        if (value.Length is 0 or > LongestModel || value.IndexOfAnyExceptInRange((byte)' ', (byte)'~') >= 0)
        {
            return false;
        }

        model = Encoding.ASCII.GetString(value);
        return true;
    }
}
