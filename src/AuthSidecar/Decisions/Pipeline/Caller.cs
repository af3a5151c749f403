namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Who is calling, in this request: the identity and how it was presented. Without one there is no Allow.</summary>
/// <param name="Identity">What authentication established.</param>
/// <param name="Mode">Whose provider credential is used.</param>
/// <param name="Delegation">How another party acts for the key, or null.</param>
internal sealed record Caller(Identity Identity, AuthenticationMode Mode, Delegation? Delegation);

/// <summary>An accepted act for somebody else's key.</summary>
/// <param name="KeyId">The key acted for.</param>
/// <param name="Source">Who acts, e.g. <c>agents</c>; informational.</param>
/// <param name="WorkspaceId">A UUID for attribution, or null.</param>
internal sealed record Delegation(string KeyId, string Source, string? WorkspaceId);

internal enum AuthenticationMode
{
    Centralized,
    Byok,
}
