using AuthSidecar.Administration.Keys;

namespace AuthSidecar.Demo.Setup;

/// <summary>The keys that the requests carry.</summary>
/// <param name="Good">Valid, with all scopes.</param>
/// <param name="Narrow">Valid, with the provider scope only.</param>
/// <param name="Expired">Past its expiry.</param>
/// <param name="Revoked">Valid until the demo revokes it.</param>
/// <param name="Suspended">Valid until the demo suspends its owner.</param>
/// <param name="Limited">Valid for one request a minute.</param>
/// <param name="Bound">Valid for one model only.</param>
/// <param name="Wrong">Well-formed, but never issued.</param>
internal sealed record DemoKeys(
    IssuedKey Good,
    IssuedKey Narrow,
    IssuedKey Expired,
    IssuedKey Revoked,
    IssuedKey Suspended,
    IssuedKey Limited,
    IssuedKey Bound,
    string Wrong
);
