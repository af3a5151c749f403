using System.Collections.Frozen;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Routes;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Policies;

/// <summary>What a route needs, compiled from one entry of <c>Policies</c>; immutable, replaced as a whole by a reload.</summary>
internal sealed class Policy
{
    public required string Name { get; init; }
    public required PolicyOptions Options { get; init; }

    /// <summary>The provider behind the route, or null.</summary>
    public ProviderOptions? Provider { get; init; }

    public required SubjectType Subjects { get; init; }

    /// <summary>Non-null only when <c>Public</c> is set.</summary>
    public PublicAccess? Public { get; init; }

    /// <summary>Keys whose holders may act for others under <c>Delegation: gateway_key</c>.</summary>
    public SharedSecrets GatewayKeys { get; init; } = new([]);

    /// <summary>Peers that may act for others under <c>Delegation: mtls</c>.</summary>
    public IReadOnlySet<string> Principals { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Which app the route is about, or null.</summary>
    public AppRoute? App { get; init; }

    public IssuedTokenDetector IssuedTokens { get; init; } = new(null, []);

    /// <summary>What of the provider's API may be used; null without a provider.</summary>
    public EndpointRules? Endpoints { get; init; }

    public Dialect? Dialect => Provider?.Dialect;

    /// <summary>How much the upstream is told of the caller.</summary>
    public IdentityDisclosure Identity => Options.Identity ?? (Provider is null ? IdentityDisclosure.Full : IdentityDisclosure.None);
}
