using System.Security.Cryptography;

namespace AuthSidecar.Administration.Devices;

/// <summary>
/// Code that a person types: 8 of 26 letters and digits that spell no words and do not look alike, shown as <c>XXXX-XXXX</c> (37.6 bits).
/// </summary>
internal static class UserCode
{
    public const string Alphabet = "BCDFGHJKLMNPQRSTVWX3456789";
    public const int Length = 8;

    private const int Half = Length / 2;

    /// <summary>A random code in normal form, without the hyphen.</summary>
    public static string New() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>Normal form of a typed code: case, blanks and punctuation do not count.</summary>
    /// <returns>Null: a wrong number of characters, or characters that no code has.</returns>
    public static string? Read(string typed)
    {
        Span<char> normal = stackalloc char[Length];
        var length = 0;
        foreach (var letter in typed)
        {
            if (char.IsWhiteSpace(letter) || char.IsPunctuation(letter))
            {
                continue;
            }

            var upper = char.IsAsciiLetterLower(letter) ? (char)(letter & ~0x20) : letter;
            if (length == Length || !Alphabet.Contains(upper, StringComparison.Ordinal))
            {
                return null;
            }

            normal[length++] = upper;
        }

        return length == Length ? new(normal) : null;
    }

    /// <summary>Form for people: <c>XXXX-XXXX</c>.</summary>
    public static string Shown(string normal) => $"{normal[..Half]}-{normal[Half..]}";
}
