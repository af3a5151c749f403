using System.Security.Cryptography;
using System.Text;
using AuthSidecar.Configuration;

namespace AuthSidecar.Credentials;

/// <summary>Shared secrets of which any may be presented; only their digests are kept and every comparison takes the same time.</summary>
internal sealed class SharedSecrets(IEnumerable<Secret> secrets)
{
    private readonly byte[][] _digests = [.. secrets.Select(secret => SHA256.HashData(Encoding.UTF8.GetBytes(secret.Reveal())))];

    public bool Contains(string presented)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(presented));
        var found = false;
        foreach (var known in _digests)
        {
            found |= CryptographicOperations.FixedTimeEquals(digest, known);
        }

        return found;
    }
}
