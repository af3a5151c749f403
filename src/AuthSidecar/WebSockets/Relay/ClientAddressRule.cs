using AuthSidecar.Access.RateLimiting;

namespace AuthSidecar.WebSockets.Relay;

/// <summary>
/// Whose address a relayed request counts for: <c>Limits:ClientAddress</c>, which is believed where <c>Listen:TrustNetwork</c> says that
/// only Envoy connects.
/// </summary>
internal sealed record ClientAddressRule(ClientAddressSource Source, bool TrustsNetwork);
