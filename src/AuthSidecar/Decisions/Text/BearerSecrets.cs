using System.Runtime.InteropServices;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Decisions.Text;

/// <summary>
/// Shared secrets, each accepted as a bearer token. Compared without hashing or allocation, because every Check presents one.
/// </summary>
internal sealed class BearerSecrets(IReadOnlyCollection<Secret> secrets)
{
    private const string Scheme = "Bearer ";
    private readonly FixedTimeSet _secrets = new(secrets.Select(secret => MemoryMarshal.AsBytes(secret.Reveal().AsSpan()).ToArray()));

    /// <summary>True when no secret is configured and therefore none required.</summary>
    public bool AreOff => _secrets.IsEmpty;

    /// <param name="authorization">The header; must occur once, as <c>Bearer SECRET</c>.</param>
    public bool Accept(StringValues authorization) =>
        authorization.Count == 1
        && authorization[0] is { } header
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && _secrets.Contains(MemoryMarshal.AsBytes(header.AsSpan(Scheme.Length)));
}
