using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text;

namespace AuthSidecar.Decisions.Text;

/// <summary>Detects tokens of this sidecar by format, without verification. JWTs of configured issuers count as such.</summary>
internal sealed class IssuedTokenDetector(Secret? masterKey, IEnumerable<string> issuers)
{
    private readonly byte[]? _masterKey = masterKey is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(masterKey.Reveal()));

    private readonly int _masterKeyLength = masterKey?.Reveal().Length ?? 0;

    private readonly FrozenSet<string> _issuers = issuers.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>True for a token that must never reach a provider.</summary>
    public bool Contains(ReadOnlySpan<char> token) =>
        token.StartsWith("ask_", StringComparison.Ordinal)
        || token.StartsWith("aso_", StringComparison.Ordinal)
        || token.StartsWith("ase_", StringComparison.Ordinal)
        || token.StartsWith("pk_", StringComparison.Ordinal)
        || IsOfAnIssuer(token)
        || IsMasterKey(token);

    /// <summary>
    /// True for a text, such as a path or a query parameter, that contains a token of this sidecar in any depth of percent-encoding.
    /// </summary>
    public bool OccurIn(ReadOnlySpan<char> text)
    {
        if (!TokenText.MayHold(text))
        {
            return _masterKey is not null && ContainsMasterKey(text);
        }

        ReadOnlySpan<char> decoded = TokenText.Decode(text);
        var tokens = new TokenText.Scanner(decoded);
        while (tokens.Find())
        {
            if (Contains(decoded.Slice(tokens.Start, tokens.Length)))
            {
                return true;
            }
        }

        return _masterKey is not null && ContainsMasterKey(decoded);
    }

    private bool ContainsMasterKey(ReadOnlySpan<char> text)
    {
        foreach (var range in text.SplitAny("/;=&?,:"))
        {
            if (text[range].Length == _masterKeyLength && IsMasterKey(text[range]))
            {
                return true;
            }
        }

        return false;
    }

    private bool IsOfAnIssuer(ReadOnlySpan<char> token) =>
        _issuers.Count > 0 && JwtText.TryRead(token, out var text) && text.Issuer is { } issuer && _issuers.Contains(issuer);

    private bool IsMasterKey(ReadOnlySpan<char> token) =>
        _masterKey is not null
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token.ToString())), _masterKey);
}
