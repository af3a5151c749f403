using System.Buffers.Text;
using System.Security.Cryptography;

namespace AuthSidecar.Administration.Web;

/// <summary>The 256-bit id of a session, which only its cookie holds.</summary>
internal static class SessionSecret
{
    private const int Bytes = 32;

    /// <returns>43 characters of base64url.</returns>
    public static string New() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Bytes));

    /// <returns>SHA-256 for the store; null: not a session's secret.</returns>
    public static byte[]? Hash(string? secret)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        return
            secret is not null
            && Base64Url.IsValid(secret, out var length)
            && length == Bytes
            && Base64Url.TryDecodeFromChars(secret, bytes, out var written)
            && written == Bytes
            ? SHA256.HashData(bytes)
            : null;
    }
}
