using AuthSidecar.Access.Policies;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Platform.Configuration;
using AuthSidecar.Platform.Hosting;

namespace AuthSidecar.Administration.Settings;

/// <summary>Checks each policy, and its references to other sections.</summary>
internal static class PolicyReferences
{
    public static void Check(SidecarSettings settings, ConfigurationErrors problems)
    {
        foreach (var (name, policy) in settings.Policies)
        {
            var path = $"Policies:{name}";
            Provider(path, policy, settings, problems);
            PolicyRules.Check(path, policy, problems);
            Closer(path, policy, settings, problems);
            Delegation(path, policy, settings, problems);
            PolicyRules.CheckApp(path, policy, problems);
            PermissionService(path, policy, settings, problems);
            PolicyRules.CheckReach(path, policy, problems);
        }
    }

    private static void Provider(string path, PolicyOptions policy, SidecarSettings settings, ConfigurationErrors problems)
    {
        if (policy.Provider.Length > 0 && !settings.Providers.ContainsKey(policy.Provider))
        {
            problems.Error(
                $"{path}:Provider",
                $"no provider is named {problems.Quote(policy.Provider)}{NearestName.Hint(policy.Provider, settings.Providers.Keys)}"
            );
        }
    }

    private static void Closer(string path, PolicyOptions policy, SidecarSettings settings, ConfigurationErrors problems)
    {
        if (policy.WsDeny == WebSocketDenial.Close && settings.Listen.Closer.Length == 0)
        {
            problems.Warn(
                $"{path}:WsDeny",
                "is close, but Listen:Closer is empty: unless another replica has a closer, denied WebSockets end as Envoy's 503"
            );
        }
    }

    private static void Delegation(string path, PolicyOptions policy, SidecarSettings settings, ConfigurationErrors problems)
    {
        switch (policy)
        {
            case { Delegation: DelegationMode.Mtls } when !ListenRules.IsCheckProtected(settings.Listen):
                problems.Error(
                    $"{path}:Delegation",
                    "mtls trusts the principal that a caller of Listen:Check names, and every program on this machine can call it; write "
                        + "Listen:Check as unix:/path, set Listen:CheckSecrets or Listen:Tls with ClientCa, or Listen:TrustNetwork if "
                        + "only Envoy can reach it"
                );
                break;
            case { Delegation: DelegationMode.GatewayKey } when settings.Delegation.GatewayKeys.Count == 0:
                problems.Warn(
                    $"{path}:Delegation",
                    "Delegation:GatewayKeys is empty, so every delegated request is denied with 401 gateway_key_mismatch"
                );
                break;
            case { Delegation: DelegationMode.Mtls } when settings.Delegation.Principals.Count == 0:
                problems.Warn(
                    $"{path}:Delegation",
                    "Delegation:Principals is empty, so every delegated request is denied with 401 gateway_key_mismatch"
                );
                break;
        }
    }

    private static void PermissionService(string path, PolicyOptions policy, SidecarSettings settings, ConfigurationErrors problems)
    {
        if (policy.Acl == AclStrategy.Acl && settings.Apps.AclUri.Length == 0)
        {
            problems.Error($"{path}:Acl", "needs Apps:AclUri, the permission service");
        }
    }
}
