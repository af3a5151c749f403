using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Configuration;

namespace AuthSidecar.Keys;

/// <summary>Whether a token is the one whose hash is stored.</summary>
internal enum HashMatch
{
    None,

    /// <summary>Hashed with the first pepper.</summary>
    Current,

    /// <summary>Hashed with an older pepper: to be rewritten.</summary>
    Older,
}

/// <summary>HMAC-SHA256 of tokens under the peppers. The only place where keys are compared.</summary>
internal sealed class KeyHasher
{
    private volatile byte[][] _peppers;

    /// <param name="peppers">The first hashes new keys, all are tried.</param>
    public KeyHasher(IReadOnlyCollection<Secret> peppers) => _peppers = Bytes(peppers);

    /// <summary>Goes on with other peppers; what was hashed with one that is no longer among them is unknown from now on.</summary>
    public void Use(IReadOnlyCollection<Secret> peppers) => _peppers = Bytes(peppers);

    /// <param name="token">A well-formed token.</param>
    public TokenHash Hash(ReadOnlySpan<char> token)
    {
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        Hash(_peppers[0], token, hash);
        return TokenHash.From(hash);
    }

    public HashMatch Compare(ReadOnlySpan<char> token, ReadOnlySpan<byte> stored)
    {
        Span<byte> hash = stackalloc byte[TokenHash.Length];
        var peppers = _peppers;
        for (var index = 0; index < peppers.Length; index++)
        {
            Hash(peppers[index], token, hash);
            if (CryptographicOperations.FixedTimeEquals(hash, stored))
            {
                return index == 0 ? HashMatch.Current : HashMatch.Older;
            }
        }

        return HashMatch.None;
    }

    private static byte[][] Bytes(IReadOnlyCollection<Secret> peppers)
    {
        ArgumentOutOfRangeException.ThrowIfZero(peppers.Count);
        return [.. peppers.Select(pepper => Encoding.UTF8.GetBytes(pepper.Reveal()))];
    }

    private static void Hash(ReadOnlySpan<byte> pepper, ReadOnlySpan<char> token, Span<byte> destination)
    {
        Span<byte> ascii = stackalloc byte[KeyToken.Length];
        var length = Encoding.ASCII.GetBytes(token, ascii);
        HMACSHA256.HashData(pepper, ascii[..length], destination);
    }
}
