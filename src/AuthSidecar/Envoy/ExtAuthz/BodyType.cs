using System.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Envoy.ExtAuthz;

/// <summary>What the headers say about a body.</summary>
internal static class BodyType
{
    public static bool IsCoded(RequestHeaders headers) => headers[KnownHeader.ContentEncoding] is not (null or "" or "identity");

    public static bool IsWhole(RequestHeaders headers) =>
        !headers.IsRepeated(KnownHeader.ContentType)
        && !headers.IsRepeated(KnownHeader.ContentEncoding)
        && !headers.IsRepeated(KnownHeader.PartialBody)
        && headers[KnownHeader.PartialBody] is null or "false";

    public static bool IsJson(string? contentType)
    {
        if (contentType is null)
        {
            // The providers' parsers default to JSON.
            return true;
        }

        var end = contentType.IndexOf(';', StringComparison.Ordinal);
        var type = contentType.AsSpan(0, end < 0 ? contentType.Length : end).Trim();
        return (
                type.Equals("application/json", StringComparison.OrdinalIgnoreCase)
                || type.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
            ) && (end < 0 || HasPlainCharset(contentType));
    }

    // In UTF-7 and its like, ASCII text has other members.
    private static bool HasPlainCharset(string contentType)
    {
        var parameters = new MediaParameters(Encoding.UTF8.GetBytes(contentType));
        while (parameters.TryRead(out var name, out var value))
        {
            if (Ascii.EqualsIgnoreCase(name, "charset"u8) && !MediaParameters.IsAscii(value))
            {
                return false;
            }
        }

        return parameters.IsWhole;
    }
}
