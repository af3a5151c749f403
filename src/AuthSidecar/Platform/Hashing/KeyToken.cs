using System.Buffers;
using System.IO.Hashing;
using System.Security.Cryptography;
using System.Text;

namespace AuthSidecar.Platform.Hashing;

/// <summary>
/// A well-formed token of ours, <c>ask_ID_SECRETCHECKSUM</c>: 12, 32 and 6 characters of base62. The checksum covers all characters before
/// it, so that mistyped and invented tokens fail without a lookup.
/// </summary>
internal readonly ref struct KeyToken
{
    public const int IdLength = 12;
    public const int Length = SecretStart + SecretLength + ChecksumLength;

    private const int IdStart = 4;
    private const int SecretStart = IdStart + IdLength + 1;
    private const int SecretLength = 32;
    private const int ChecksumStart = SecretStart + SecretLength;
    private const int ChecksumLength = 6;
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

    private static readonly SearchValues<char> _base62 = SearchValues.Create(Alphabet);

    private KeyToken(TokenFamily family, ReadOnlySpan<char> id)
    {
        Family = family;
        Id = id;
    }

    public TokenFamily Family { get; }

    public ReadOnlySpan<char> Id { get; }

    public static bool TryParse(ReadOnlySpan<char> text, out KeyToken token)
    {
        token = default;
        var family = TokenFamilies.Of(text);
        if (text.Length != Length || family is not (TokenFamily.Ask or TokenFamily.Aso or TokenFamily.Ase))
        {
            return false;
        }

        var id = text.Slice(IdStart, IdLength);
        if (text[SecretStart - 1] != '_' || !IsBase62(id) || !IsBase62(text[SecretStart..]))
        {
            return false;
        }

        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(text[..ChecksumStart], checksum);
        if (!checksum.SequenceEqual(text[ChecksumStart..]))
        {
            return false;
        }

        token = new(family, id);
        return true;
    }

    /// <summary>The id of a well-formed token.</summary>
    public static string IdOf(string token) => token.Substring(IdStart, IdLength);

    /// <summary>A new token with a random id and secret.</summary>
    public static string Generate(TokenFamily family) => Generate(family, NewId());

    /// <summary>A random id.</summary>
    public static string NewId() => RandomNumberGenerator.GetString(Alphabet, IdLength);

    /// <summary>A new token with a random secret.</summary>
    /// <param name="family">Family of tokens that are issued here.</param>
    /// <param name="id">From <see cref="NewId"/>.</param>
    public static string Generate(TokenFamily family, string id)
    {
        var prefix = family switch
        {
            TokenFamily.Ask => "ask_",
            TokenFamily.Aso => "aso_",
            TokenFamily.Ase => "ase_",
            _ => throw new ArgumentOutOfRangeException(nameof(family), family, "Tokens of this family are not issued here."),
        };
        var covered = $"{prefix}{id}_{RandomNumberGenerator.GetString(Alphabet, SecretLength)}";
        Span<char> checksum = stackalloc char[ChecksumLength];
        WriteChecksum(covered, checksum);
        return $"{covered}{checksum}";
    }

    private static bool IsBase62(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(_base62);

    private static void WriteChecksum(ReadOnlySpan<char> covered, Span<char> destination)
    {
        Span<byte> ascii = stackalloc byte[ChecksumStart];
        var crc = Crc32.HashToUInt32(ascii[..Encoding.ASCII.GetBytes(covered, ascii)]);
        for (var index = ChecksumLength - 1; index >= 0; index--)
        {
            (crc, var digit) = Math.DivRem(crc, (uint)Alphabet.Length);
            destination[index] = Alphabet[(int)digit];
        }
    }
}
