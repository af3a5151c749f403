using System.Text;

namespace AuthSidecar.TestSupport.Corpus;

/// <summary>Well-formed tokens that were never issued, assembled from the documented format, independently of the product's code.</summary>
internal static class Tokens
{
    private const string Base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    public static string Make(string family, string id, string secret) => WithChecksum($"{family}_{id}_{secret}");

    /// <summary>Another secret of the right length for a token's id.</summary>
    public static string OtherSecret(string token)
    {
        var parts = token.Split('_');
        return Make(parts[0], parts[1], new string(parts[2][..^6].Reverse().ToArray()));
    }

    /// <summary>Replaces the last character.</summary>
    public static string WrongSum(string token) => token[..^1] + (token[^1] == '0' ? '1' : '0');

    public static string PercentEncoded(string token) => string.Concat(token.Select(character => $"%{(int)character:x2}"));

    private static string WithChecksum(string covered)
    {
        var crc = uint.MaxValue;
        foreach (var octet in Encoding.ASCII.GetBytes(covered))
        {
            crc ^= octet;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            }
        }

        crc = ~crc;
        var digits = new char[6];
        for (var position = digits.Length - 1; position >= 0; position--)
        {
            (crc, var digit) = Math.DivRem(crc, 62u);
            digits[position] = Base62[(int)digit];
        }

        return covered + new string(digits);
    }
}
