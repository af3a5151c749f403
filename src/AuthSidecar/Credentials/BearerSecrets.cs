using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AuthSidecar.Configuration;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Credentials;

/// <summary>Shared secrets of which any opens, read off a header on every call: nothing is allocated, and a comparison takes the same time whatever is presented of the same length.</summary>
internal sealed class BearerSecrets(IReadOnlyCollection<Secret> secrets)
{
    private const string Scheme = "Bearer ";
    private readonly string[] _secrets = [.. secrets.Select(secret => secret.Reveal())];

    /// <summary>None is configured, so none is asked for.</summary>
    public bool AreOff => _secrets.Length == 0;

    /// <param name="authorization">The header, exactly once, as <c>Bearer SECRET</c>.</param>
    public bool Opens(StringValues authorization)
    {
        if (authorization.Count != 1 || authorization[0] is not { } header || !header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        var presented = MemoryMarshal.AsBytes(header.AsSpan(Scheme.Length));
        var found = false;
        foreach (var secret in _secrets)
        {
            found |= CryptographicOperations.FixedTimeEquals(presented, MemoryMarshal.AsBytes(secret.AsSpan()));
        }

        return found;
    }
}
