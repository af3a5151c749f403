using System.Buffers;

namespace AuthSidecar.Keys;

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

    /// <summary>JSON Web Token in compact form.</summary>
    Jwt,
}

internal static class TokenFamilies
{
    private static readonly SearchValues<char> _base64Url = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    /// <summary>Looks at the form only: a token of a family may still be malformed.</summary>
    public static TokenFamily Of(ReadOnlySpan<char> token) => token switch
    {
        ['a', 's', 'k', '_', ..] => TokenFamily.Ask,
        ['a', 's', 'o', '_', ..] => TokenFamily.Aso,
        ['a', 's', 'e', '_', ..] => TokenFamily.Ase,
        ['p', 'k', '_', _, ..] => TokenFamily.Legacy,
        ['e', 'y', 'J', ..] when IsJwt(token) => TokenFamily.Jwt,
        _ => TokenFamily.Unknown,
    };

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
