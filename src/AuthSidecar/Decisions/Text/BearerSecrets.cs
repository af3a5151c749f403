using System.Runtime.InteropServices;
using Microsoft.Extensions.Primitives;

namespace AuthSidecar.Decisions.Text;

/// <summary>
/// Shared secrets, any of which is accepted as a bearer token, compared without hashing or allocation because every call of Check presents
/// one.
/// </summary>
internal sealed class BearerSecrets(IReadOnlyCollection<Secret> secrets)
{
    private const string Scheme = "Bearer ";
    private readonly FixedTimeSet _secrets = new(secrets.Select(secret => MemoryMarshal.AsBytes(secret.Reveal().AsSpan()).ToArray()));

    /// <summary>No secret is configured, so none is required.</summary>
    public bool AreOff => _secrets.IsEmpty;

    /// <param name="authorization">The header, exactly once, as <c>Bearer SECRET</c>.</param>
    public bool Opens(StringValues authorization) =>
        authorization.Count == 1
        && authorization[0] is { } header
        && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        && _secrets.Contains(MemoryMarshal.AsBytes(header.AsSpan(Scheme.Length)));
}
