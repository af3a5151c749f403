using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Configuration;

namespace AuthSidecar.Credentials;

/// <summary>Tells tokens of this sidecar from everybody else's, by form alone.</summary>
internal sealed class OwnTokens(Secret? masterKey)
{
    private readonly byte[]? _masterKey = masterKey is null ? null : SHA256.HashData(Encoding.UTF8.GetBytes(masterKey.Reveal()));

    /// <summary>True for a token that must never leave for a provider.</summary>
    public bool Contains(ReadOnlySpan<char> token) =>
        token.StartsWith("ask_", StringComparison.Ordinal)
        || token.StartsWith("aso_", StringComparison.Ordinal)
        || token.StartsWith("ase_", StringComparison.Ordinal)
        || token.StartsWith("pk_", StringComparison.Ordinal)
        || IsMasterKey(token);

    private bool IsMasterKey(ReadOnlySpan<char> token) =>
        _masterKey is not null && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(token.ToString())), _masterKey);
}
