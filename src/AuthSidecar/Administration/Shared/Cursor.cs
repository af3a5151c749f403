using System.Buffers.Text;
using System.Globalization;
using System.Text;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Administration.Shared;

/// <summary>Position in a list as opaque text: Base64url of the sort values of an item.</summary>
internal static class Cursor
{
    private const int Longest = 4096;
    private const char Separator = '\n';
    private static readonly UTF8Encoding _strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static string Of(params IEnumerable<string> parts) => Base64Url.EncodeToString(_strict.GetBytes(string.Join(Separator, parts)));

    /// <summary>Position in a list by age.</summary>
    public static string Of(DateTimeOffset createdAt, string id) =>
        Of(Instant.ToMicroseconds(createdAt).ToString(CultureInfo.InvariantCulture), id);

    /// <returns>False for text that <see cref="Of(IEnumerable{string})"/> does not make of this number of parts.</returns>
    public static bool TryRead(string text, int count, out IReadOnlyList<string>? parts)
    {
        parts = null;
        if (text.Length is 0 or > Longest || !Base64Url.IsValid(text))
        {
            return false;
        }

        try
        {
            parts = _strict.GetString(Base64Url.DecodeFromChars(text)).Split(Separator);
        }
        catch (DecoderFallbackException)
        {
            return false;
        }

        return parts.Count == count && !parts.Any(part => part.Any(char.IsControl));
    }

    /// <summary>Reads the instant of a position in a list by age.</summary>
    public static bool TryReadInstant(string part, out DateTimeOffset instant)
    {
        var isInstant =
            long.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds <= Instant.ToMicroseconds(DateTimeOffset.MaxValue);
        instant = isInstant ? Instant.FromMicroseconds(microseconds) : default;
        return isInstant;
    }
}
