using System.Collections.Frozen;
using AuthSidecar.Configuration;
using AuthSidecar.Credentials;
using AuthSidecar.Endpoints;
using AuthSidecar.Pipeline;
using AuthSidecar.Upstream;

namespace AuthSidecar.Policies;

/// <summary>All policies and rules of one configuration; immutable, replaced as a whole by a reload.</summary>
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

    /// <param name="settings">Settings that the rules of configuration found nothing wrong with.</param>
    public static PolicySet Compile(Settings settings)
    {
        var gatewayKeys = new SharedSecrets(settings.Delegation.GatewayKeys);
        var principals = settings.Delegation.Principals.ToFrozenSet(StringComparer.Ordinal);
        var issuedTokens = new IssuedTokenDetector(settings.Auth.MasterKey, settings.Jwt.Select(jwt => jwt.Issuer));
        var policies = settings.Policies.ToFrozenDictionary(entry => entry.Key, entry => Compile(entry.Key, entry.Value), StringComparer.Ordinal);
        return new(policies, [.. settings.Rules.Select(rule => Rule.Compile(rule, policies[rule.Policy]))]);

        Policy Compile(string name, PolicyOptions options) => new()
        {
            Name = name,
            Options = options,
            Provider = options.Provider.Length == 0 ? null : settings.Providers[options.Provider],
            Subjects = options.Subjects.Aggregate(SubjectType.None, (all, word) => all | SubjectWords.Known[word]),
            Public = PublicAccess.For(options.Public),
            GatewayKeys = gatewayKeys,
            Principals = principals,
            IssuedTokens = issuedTokens,
            Endpoints = options.Provider.Length == 0 ? null : EndpointsOf(options, settings.Providers[options.Provider].Dialect),
            App = AppRoute.TryParse(options.App, out var app, out _) ? app : null,
        };
    }

    private static EndpointRules EndpointsOf(PolicyOptions options, Dialect dialect) => new(
        dialect,
        options.Endpoints == EndpointChoice.Any,
        [.. options.Paths.Select(path => RouteTemplate.TryParse(path, out var template, out var error) ? template : throw new ArgumentException(error, nameof(options)))],
        options.Methods);

    /// <summary>The policy of exactly this name, or null.</summary>
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
