using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Access.Credentials;

/// <summary>Section <c>Delegation</c>: parties that may act for a key by naming its id.</summary>
internal sealed class DelegationOptions
{
    /// <summary>Shared gateway keys, all valid at once, for rotation. Empty: every delegated request is denied with 401.</summary>
    public List<Secret> GatewayKeys { get; set; } = [];

    /// <summary>Peer principals (URI SAN, DNS SAN or subject) trusted by policies with <c>Delegation: mtls</c>.</summary>
    public List<string> Principals { get; set; } = [];
}
