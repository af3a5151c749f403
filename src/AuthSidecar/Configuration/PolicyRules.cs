using AuthSidecar.Endpoints;
using AuthSidecar.Policies;

namespace AuthSidecar.Configuration;

/// <summary>What makes one policy contradict itself or the rest.</summary>
internal static class PolicyRules
{
    public static void Check(string path, PolicyOptions policy, Settings settings, Problems problems)
    {
        if (policy.Provider.Length > 0 && !settings.Providers.ContainsKey(policy.Provider))
        {
            problems.Error($"{path}:Provider", $"no provider is named {problems.Quote(policy.Provider)}{NearestName.Hint(policy.Provider, settings.Providers.Keys)}");
        }

        if (policy is { Public: true, Provider.Length: > 0 })
        {
            problems.Error($"{path}:Public", "together with Provider this would be an open proxy; remove one of the two");
        }

        if (policy is { Byok: not ByokMode.Deny, Provider.Length: 0 })
        {
            problems.Error($"{path}:Byok", "needs a Provider, for which the user's own credential would be");
        }

        if (policy.Subjects.Count == 0)
        {
            problems.Error($"{path}:Subjects", "is empty, so nobody could pass; leave it out for everybody");
        }

        for (var index = 0; index < policy.Subjects.Count; index++)
        {
            SettingsRules.OneOf(policy.Subjects[index], $"{path}:Subjects:{index}", SubjectWords.Known.Keys.Order().ToList(), problems);
        }

        for (var index = 0; index < policy.Scopes.Count; index++)
        {
            if (policy.Scopes[index].Length == 0 || policy.Scopes[index].AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                problems.Error($"{path}:Scopes:{index}", $"must be printable ASCII without spaces, not {problems.Quote(policy.Scopes[index])}");
            }
        }

        if (policy.WsDeny == WebSocketDenial.Close && settings.Listen.Closer.Length == 0)
        {
            problems.Warn($"{path}:WsDeny", "is close, but Listen:Closer is empty: unless another replica has a closer, refused WebSockets end as Envoy's 503");
        }

        OfNobody(path, policy, problems);
        Delegation(path, policy, settings, problems);
        App(path, policy, settings, problems);
        Models(path, policy, problems);
        Endpoints(path, policy, problems);
    }

    private static void Endpoints(string path, PolicyOptions policy, Problems problems)
    {
        for (var index = 0; index < policy.Paths.Count; index++)
        {
            if (!RouteTemplate.TryParse(policy.Paths[index], out _, out var error))
            {
                problems.Error($"{path}:Paths:{index}", $"{problems.Quote(policy.Paths[index])} is not a route template: {error}");
            }
        }

        for (var index = 0; index < policy.Methods.Count; index++)
        {
            if (!RequestMethods.IsPlain(policy.Methods[index]))
            {
                problems.Error($"{path}:Methods:{index}", $"must be one method in upper-case letters, and not TRACE, TRACK or CONNECT, which pass nowhere, not {problems.Quote(policy.Methods[index])}");
            }
        }

        Useless(policy.Paths.Count, nameof(policy.Paths));
        Useless(policy.Methods.Count, nameof(policy.Methods));

        void Useless(int count, string name)
        {
            if (count > 0 && policy.Provider.Length == 0)
            {
                problems.Error($"{path}:{name}", "adds to what Endpoints lets pass of a provider's API; without a Provider every path and method passes, so remove it");
            }
            else if (count > 0 && policy.Endpoints == EndpointChoice.Any)
            {
                problems.Warn($"{path}:{name}", "adds nothing, because Endpoints is any");
            }
        }
    }

    private static void OfNobody(string path, PolicyOptions policy, Problems problems)
    {
        Refuse(policy.Limit is not null, nameof(policy.Limit));
        Refuse(policy.Assertion, nameof(policy.Assertion));
        Refuse(policy.ForwardActor, nameof(policy.ForwardActor));
        Refuse(policy.Identity is not null, nameof(policy.Identity));

        void Refuse(bool isSaid, string name)
        {
            if (policy.Public && isSaid)
            {
                problems.Error($"{path}:{name}", "has no meaning in a Public policy, which knows no caller; remove one of the two");
            }
        }
    }

    private static void App(string path, PolicyOptions policy, Settings settings, Problems problems)
    {
        if (policy.App.Length > 0 && !AppRoute.TryParse(policy.App, out _, out var error))
        {
            problems.Error($"{path}:App", $"{problems.Quote(policy.App)} {error}");
        }

        if (policy is { Public: true, App.Length: > 0 })
        {
            problems.Error($"{path}:App", "has no meaning in a Public policy, which knows no caller; remove one of the two");
        }

        if (policy.Acl != AclStrategy.Acl)
        {
            return;
        }

        if (policy.App.Length == 0)
        {
            problems.Error($"{path}:Acl", "needs an App, which the permission service would be asked about");
        }

        if (settings.Apps.AclUri.Length == 0)
        {
            problems.Error($"{path}:Acl", "needs Apps:AclUri, the permission service to ask");
        }
    }

    private static void Models(string path, PolicyOptions policy, Problems problems)
    {
        if (policy is { Public: true, Models.Count: > 0 })
        {
            problems.Error($"{path}:Models", "has no meaning in a Public policy, where nothing is asked; remove one of the two");
        }

        for (var index = 0; index < policy.Models.Count; index++)
        {
            if (policy.Models[index].Length == 0 || policy.Models[index].AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                problems.Error($"{path}:Models:{index}", $"must be printable ASCII without spaces, not {problems.Quote(policy.Models[index])}");
            }
        }
    }

    private static void Delegation(string path, PolicyOptions policy, Settings settings, Problems problems)
    {
        switch (policy)
        {
            case { Public: true, Delegation: not DelegationMode.Off }:
                problems.Error($"{path}:Delegation", "has no meaning in a Public policy, which knows no caller; remove one of the two");
                break;
            case { Delegation: DelegationMode.Mtls } when !ListenRules.IsCheckLocked(settings.Listen):
                problems.Error($"{path}:Delegation", "mtls believes the principal that a caller of Listen:Check names, and everybody on this machine can be one; write Listen:Check as unix:/path, set Listen:CheckSecrets or Listen:Tls with ClientCa, or Listen:TrustNetwork if only Envoy can reach it");
                break;
            case { Delegation: DelegationMode.GatewayKey } when settings.Delegation.GatewayKeys.Count == 0:
                problems.Warn($"{path}:Delegation", "Delegation:GatewayKeys is empty, so every delegated call is refused with 401 gateway_key_mismatch");
                break;
            case { Delegation: DelegationMode.Mtls } when settings.Delegation.Principals.Count == 0:
                problems.Warn($"{path}:Delegation", "Delegation:Principals is empty, so every delegated call is refused with 401 gateway_key_mismatch");
                break;
        }
    }
}
