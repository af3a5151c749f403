using System.Buffers;
using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Platform.Hashing;

/// <summary>What kind of credential a token claims to be, by its form alone.</summary>
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
    /// <summary>Characters of the longest token of any family but the JWT's.</summary>
    public const int Longest = 512;

    public const int CoderIdLength = 10;
    private const int CoderSecretLength = 22;

    private static readonly SearchValues<char> _alphanumeric = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    );
    private static readonly SearchValues<char> _base64Url = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    );

    /// <summary>Looks at the form only: a token of a family may still be malformed.</summary>
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

    /// <summary>Which rows can hold the hash of a token of this family; null: none.</summary>
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

    /// <summary>True for tokens that hold no id of their row, which is found by the hash alone.</summary>
    public static bool HasNoId(this KeyFormat format) => format is KeyFormat.Pk or KeyFormat.Litellm;

    /// <summary>True for tokens that were made elsewhere: such a family is only known once an import brought some.</summary>
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
