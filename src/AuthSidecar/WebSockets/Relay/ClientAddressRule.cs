using AuthSidecar.Access.RateLimiting;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Source of a relayed request's client address: <c>Limits:ClientAddress</c>, trusted where <c>Listen:TrustNetwork</c> states that only
/// Envoy connects.
/// </summary>
internal sealed record ClientAddressRule(ClientAddressSource Source, bool TrustsNetwork);
