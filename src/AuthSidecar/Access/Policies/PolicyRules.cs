using AuthSidecar.Access.Authorization;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Routes;
using AuthSidecar.Platform.Configuration;

namespace AuthSidecar.Access.Policies;

/// <summary>Finds contradictions within one policy, in three groups: rules that compare it with other sections run between them.</summary>
internal static class PolicyRules
{
    /// <summary>Checks access: <c>Public</c>, <c>Byok</c>, <c>Subjects</c>, <c>Scopes</c>.</summary>
    public static void Check(string path, PolicyOptions policy, ConfigurationErrors problems)
    {
        if (policy is { Public: true, Provider.Length: > 0 })
        {
            problems.Error($"{path}:Public", "together with Provider this would be an open proxy; remove one of the two");
        }

        if (policy is { Byok: not ByokMode.Deny, Provider.Length: 0 })
        {
            problems.Error($"{path}:Byok", "needs a Provider, to which the caller's own credential is sent");
        }

        if (policy.Subjects.Count == 0)
        {
            problems.Error($"{path}:Subjects", "is empty, so every caller would be denied; leave it out to allow all");
        }

        for (var index = 0; index < policy.Subjects.Count; index++)
        {
            ValueRules.OneOf(policy.Subjects[index], $"{path}:Subjects:{index}", SubjectTypeNames.Known.Keys.Order().ToList(), problems);
        }

        for (var index = 0; index < policy.Scopes.Count; index++)
        {
            if (policy.Scopes[index].Length == 0 || policy.Scopes[index].AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                problems.Error(
                    $"{path}:Scopes:{index}",
                    $"must be printable ASCII without spaces, not {problems.Quote(policy.Scopes[index])}"
                );
            }
            else if (policy.Scopes[index] == AccessRules.ManageScope)
            {
                problems.Error($"{path}:Scopes:{index}", "\"manage\" opens the management API only; choose another scope");
            }
        }

        CheckPublic(path, policy, problems);
    }

    /// <summary>Checks <c>App</c> and <c>Acl</c>.</summary>
    public static void CheckApp(string path, PolicyOptions policy, ConfigurationErrors problems)
    {
        if (policy.App.Length > 0 && !AppRoute.TryParse(policy.App, out _, out var error))
        {
            problems.Error($"{path}:App", $"{problems.Quote(policy.App)} {error}");
        }

        if (policy is { Public: true, App.Length: > 0 })
        {
            problems.Error($"{path}:App", "has no meaning in a Public policy, which has no caller; remove one of the two");
        }

        if (policy is { Acl: AclStrategy.Acl, App.Length: 0 })
        {
            problems.Error($"{path}:Acl", "needs an App, about which the permission service decides");
        }
    }

    /// <summary>Checks <c>Models</c>, <c>Paths</c> and <c>Methods</c>.</summary>
    public static void CheckReach(string path, PolicyOptions policy, ConfigurationErrors problems)
    {
        Models(path, policy, problems);
        Endpoints(path, policy, problems);
    }

    private static void Endpoints(string path, PolicyOptions policy, ConfigurationErrors problems)
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
                problems.Error(
                    $"{path}:Methods:{index}",
                    "must be one method in upper-case letters, and not TRACE, TRACK or CONNECT, which are never forwarded, not "
                        + $"{problems.Quote(policy.Methods[index])}"
                );
            }
        }

        RejectUseless(policy.Paths.Count, nameof(policy.Paths));
        RejectUseless(policy.Methods.Count, nameof(policy.Methods));

        void RejectUseless(int count, string name)
        {
            if (count > 0 && policy.Provider.Length == 0)
            {
                problems.Error(
                    $"{path}:{name}",
                    "extends the endpoints of a provider; without a Provider every path and method is allowed, so remove it"
                );
            }
            else if (count > 0 && policy.Endpoints == EndpointChoice.Any)
            {
                problems.Warn($"{path}:{name}", "has no effect, because Endpoints is any");
            }
        }
    }

    private static void CheckPublic(string path, PolicyOptions policy, ConfigurationErrors problems)
    {
        Reject(policy.Limit is not null, nameof(policy.Limit));
        Reject(policy.Assertion, nameof(policy.Assertion));
        Reject(policy.ForwardActor, nameof(policy.ForwardActor));
        Reject(policy.Identity is not null, nameof(policy.Identity));
        Reject(policy.Delegation is not DelegationMode.Off, nameof(policy.Delegation));

        void Reject(bool isSet, string name)
        {
            if (policy.Public && isSet)
            {
                problems.Error($"{path}:{name}", "has no meaning in a Public policy, which has no caller; remove one of the two");
            }
        }
    }

    private static void Models(string path, PolicyOptions policy, ConfigurationErrors problems)
    {
        if (policy is { Public: true, Models.Count: > 0 })
        {
            problems.Error($"{path}:Models", "has no meaning in a Public policy, where models are not checked; remove one of the two");
        }

        for (var index = 0; index < policy.Models.Count; index++)
        {
            var glob = policy.Models[index];
            if (glob.Length == 0 || glob.AsSpan().ContainsAnyExceptInRange('!', '~'))
            {
                problems.Error(
                    $"{path}:Models:{(policy.Models.Values is null ? index : glob)}",
                    $"must be printable ASCII without spaces, not {problems.Quote(glob)}"
                );
            }
        }
    }
}
