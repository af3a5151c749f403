namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The identity of one request and how it was presented. An Allow requires a caller, except under a public policy.</summary>
/// <param name="Identity">The authenticated identity.</param>
/// <param name="Mode">Source of the provider credential: central or BYOK.</param>
/// <param name="Delegation">The delegation, or null.</param>
internal sealed record Caller(Identity Identity, AuthenticationMode Mode, Delegation? Delegation);

/// <summary>An authorized delegation: another party acts for a key.</summary>
/// <param name="KeyId">Id of the key.</param>
/// <param name="Source">Name of the acting party, such as <c>agents</c>; informational.</param>
/// <param name="WorkspaceId">UUID of a workspace for attribution, or null.</param>
internal sealed record Delegation(string KeyId, string Source, string? WorkspaceId);

internal enum AuthenticationMode
{
    Centralized,
    Byok,
}
