using System.Collections.Frozen;
using AuthSidecar.Access.Credentials;
using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Routes;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Access.Policies;

/// <summary>The compiled policies and rules of one configuration; immutable, replaced as a whole by a reload.</summary>
internal sealed class PolicySet
{
    private readonly FrozenDictionary<string, Policy> _policies;
    private readonly Rule[] _rules;

    private PolicySet(FrozenDictionary<string, Policy> policies, Rule[] rules)
    {
        _policies = policies;
        _rules = rules;
    }

    public IReadOnlyCollection<Policy> Policies => _policies.Values;

    /// <summary>False: every request is denied with 503 <c>bearer_auth_disabled</c>.</summary>
    public bool AreEnabled { get; private init; } = true;

    /// <param name="entries">Section <c>Policies</c>; validated, as are the others.</param>
    /// <param name="providers">Section <c>Providers</c>.</param>
    /// <param name="rules">Section <c>Rules</c>.</param>
    /// <param name="delegation">Section <c>Delegation</c>.</param>
    /// <param name="issuedTokens">Recognizes tokens that must never reach a provider.</param>
    /// <param name="areEnabled"><c>Auth:Enabled</c>.</param>
    public static PolicySet Compile(
        IReadOnlyDictionary<string, PolicyOptions> entries,
        IReadOnlyDictionary<string, ProviderOptions> providers,
        IReadOnlyList<RuleOptions> rules,
        DelegationOptions delegation,
        IssuedTokenDetector issuedTokens,
        bool areEnabled
    )
    {
        var gatewayKeys = new SharedSecrets(delegation.GatewayKeys);
        var principals = delegation.Principals.ToFrozenSet(StringComparer.Ordinal);
        var policies = entries.ToFrozenDictionary(entry => entry.Key, entry => Compile(entry.Key, entry.Value), StringComparer.Ordinal);
        return new(policies, [.. rules.Select(rule => Rule.Compile(rule, policies[rule.Policy]))]) { AreEnabled = areEnabled };

        Policy Compile(string name, PolicyOptions options) =>
            new()
            {
                Name = name,
                Options = options,
                Provider = options.Provider.Length == 0 ? null : providers[options.Provider],
                Subjects = options.Subjects.Aggregate(SubjectType.None, (all, name) => all | SubjectTypeNames.Known[name]),
                Public = PublicAccess.For(options.Public),
                GatewayKeys = gatewayKeys,
                Principals = principals,
                IssuedTokens = issuedTokens,
                Endpoints = options.Provider.Length == 0 ? null : EndpointsOf(options, providers[options.Provider].Dialect),
                ModelLimits = ModelLimits.OfPolicy(options.Models),
                App = AppRoute.TryParse(options.App, out var app, out _) ? app : null,
            };
    }

    private static EndpointRules EndpointsOf(PolicyOptions options, Dialect dialect) =>
        new(
            dialect,
            options.Endpoints == EndpointChoice.Any,
            [
                .. options.Paths.Select(path =>
                    RouteTemplate.TryParse(path, out var template, out var error)
                        ? template
                        : throw new ArgumentException(error, nameof(options))
                ),
            ],
            options.Methods
        );

    /// <summary>The policy of this exact name, or null.</summary>
    public Policy? ByName(string name) => _policies.GetValueOrDefault(name);

    /// <summary>The policy of the first rule that matches, or null.</summary>
    /// <param name="host">As the client sent it: any case, with or without a port.</param>
    /// <param name="method">As the client sent it.</param>
    /// <param name="path">Percent-decoded once, without query.</param>
    public Policy? Match(ReadOnlySpan<char> host, string method, ReadOnlySpan<char> path)
    {
        var name = HostName.Of(host);
        foreach (var rule in _rules)
        {
            if (rule.IsMatch(name, method, path))
            {
                return rule.Policy;
            }
        }

        return null;
    }
}
