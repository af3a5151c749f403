using System.Security.Cryptography;
using System.Text;

namespace AuthSidecar.Decisions.Text;

/// <summary>Shared secrets, each accepted. Stores only digests, so that comparisons do not reveal lengths.</summary>
internal sealed class SharedSecrets(IEnumerable<Secret> secrets)
{
    private readonly FixedTimeSet _digests = new(secrets.Select(secret => Digest(secret.Reveal())));

    public bool Contains(string presented) => _digests.Contains(Digest(presented));

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
