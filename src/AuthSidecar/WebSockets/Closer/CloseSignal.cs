using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Decisions.Vocabulary;
using AuthSidecar.Platform.Hashing;

namespace AuthSidecar.WebSockets.Closer;

/// <summary>
/// The close code and reason for the closer, as <c>CODE.REASON.MAC</c>. The MAC is the first 16 bytes of HMAC-SHA256 in hexadecimal, under
/// a key derived from the peppers, so that only a sidecar can produce it.
/// </summary>
internal sealed class CloseSignal(KeyHasher peppers)
{
    private const int MacLength = 16;
    private const int LowestCode = 1000;
    private const int HighestCode = 4999;

    public string Write(Denial denial)
    {
        var text = $"{denial.CloseCode.ToString(CultureInfo.InvariantCulture)}.{denial.Reason}";
        return $"{text}.{Mac(Keys()[0], text)}";
    }

    /// <returns>Null when no sidecar produced it.</returns>
    public (int Code, string Reason)? Read(string? signal)
    {
        var parts = signal?.Split('.');
        if (
            parts is not [var code, var reason, { Length: 2 * MacLength } mac]
            || !int.TryParse(code, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            || number is < LowestCode or > HighestCode
        )
        {
            return null;
        }

        var isOurs = false;
        foreach (var key in Keys())
        {
            isOurs |= CryptographicOperations.FixedTimeEquals(
                Encoding.ASCII.GetBytes(Mac(key, $"{code}.{reason}")),
                Encoding.ASCII.GetBytes(mac)
            );
        }

        return isOurs ? (number, reason) : null;
    }

    private IReadOnlyList<byte[]> Keys() => peppers.Derive("authsidecar close signal v1"u8);

    private static string Mac(byte[] key, string text) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text)).AsSpan(0, MacLength));
}
