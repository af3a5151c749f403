using System.Buffers;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Hashing;

/// <summary>Kind of a credential by its form alone.</summary>
internal enum TokenFamily
{
    Unknown,

    /// <summary>API key, <c>ask_</c>.</summary>
    Ask,

    /// <summary>Device-flow token of an account, <c>aso_</c>.</summary>
    Aso,

    /// <summary>Device-flow token of an external identity, <c>ase_</c>.</summary>
    Ase,

    /// <summary>Legacy user key, <c>pk_</c>.</summary>
    Legacy,

    /// <summary>Key of coder, <c>id-secret</c>.</summary>
    Coder,

    /// <summary>Key of LiteLLM, <c>sk-</c>.</summary>
    Litellm,

    /// <summary>JSON Web Token in compact form.</summary>
    Jwt,
}

internal static class TokenFamilies
{
    /// <summary>Maximum characters of a token, JWTs excepted.</summary>
    public const int Longest = 512;

    public const int CoderIdLength = 10;
    private const int CoderSecretLength = 22;

    private static readonly SearchValues<char> _alphanumeric = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    );
    private static readonly SearchValues<char> _base64Url = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <summary>Reads the prefix and form only; a token of a family may still be malformed.</summary>
    public static TokenFamily Of(ReadOnlySpan<char> token) =>
        token switch
        {
            ['a', 's', 'k', '_', ..] => TokenFamily.Ask,
            ['a', 's', 'o', '_', ..] => TokenFamily.Aso,
            ['a', 's', 'e', '_', ..] => TokenFamily.Ase,
            ['p', 'k', '_', _, ..] => TokenFamily.Legacy,
            ['s', 'k', '-', _, ..] => TokenFamily.Litellm,
            ['e', 'y', 'J', ..] when IsJwt(token) => TokenFamily.Jwt,
            _ when IsCoder(token) => TokenFamily.Coder,
            _ => TokenFamily.Unknown,
        };

    /// <summary>Format of the stored keys of a family; null: not stored.</summary>
    public static KeyFormat? ToFormat(this TokenFamily family) =>
        family switch
        {
            TokenFamily.Ask => KeyFormat.Ask,
            TokenFamily.Aso => KeyFormat.Aso,
            TokenFamily.Ase => KeyFormat.Ase,
            TokenFamily.Legacy => KeyFormat.Pk,
            TokenFamily.Coder => KeyFormat.Coder,
            TokenFamily.Litellm => KeyFormat.Litellm,
            _ => null,
        };

    /// <summary>True for tokens without an id; their row is found by the hash.</summary>
    public static bool HasNoId(this KeyFormat format) => format is KeyFormat.Pk or KeyFormat.Litellm;

    /// <summary>True for tokens of other systems: the family is accepted after an import of such keys.</summary>
    public static bool IsImported(this KeyFormat format) => format is KeyFormat.Pk or KeyFormat.Litellm or KeyFormat.Coder;

    // https://github.com/coder/coder: ten characters, a dash, twenty-two characters.
    private static bool IsCoder(ReadOnlySpan<char> token) =>
        token.Length == CoderIdLength + 1 + CoderSecretLength
        && token[CoderIdLength] == '-'
        && !token[..CoderIdLength].ContainsAnyExcept(_alphanumeric)
        && !token[(CoderIdLength + 1)..].ContainsAnyExcept(_alphanumeric);

    private static bool IsJwt(ReadOnlySpan<char> token)
    {
        var parts = 0;
        foreach (var range in token.Split('.'))
        {
            var part = token[range];
            if (++parts > 3 || part.IsEmpty || part.ContainsAnyExcept(_base64Url))
            {
                return false;
            }
        }

        return parts == 3;
    }
}
