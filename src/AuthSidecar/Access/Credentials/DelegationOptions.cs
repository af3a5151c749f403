using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Credentials;

/// <summary>Section <c>Delegation</c>: gateways that may act for a key by naming its id.</summary>
internal sealed class DelegationOptions
{
    /// <summary>Shared keys, all valid at once so that they can be rotated; empty: every attempt is denied with 401.</summary>
    public List<Secret> GatewayKeys { get; set; } = [];

    /// <summary>Peer principals (URI SAN, DNS SAN or subject) trusted by policies with <c>mtls</c>.</summary>
    public List<string> Principals { get; set; } = [];
}
