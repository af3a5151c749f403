using System.Collections.Frozen;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Routes;
using AuthSidecar.Decisions.Text;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Policies;

/// <summary>One compiled entry of <c>Policies</c>. Immutable; a reload replaces it.</summary>
internal sealed class Policy
{
    public required string Name { get; init; }
    public required PolicyOptions Options { get; init; }

    /// <summary>The provider of the route, or null.</summary>
    public ProviderOptions? Provider { get; init; }

    public required SubjectType Subjects { get; init; }

    /// <summary>Non-null only under <c>Public</c>.</summary>
    public PublicAccess? Public { get; init; }

    /// <summary>Shared gateway keys that authorize delegation under <c>Delegation: gateway_key</c>.</summary>
    public SharedSecrets GatewayKeys { get; init; } = new([]);

    /// <summary>Certificate principals that authorize delegation under <c>Delegation: mtls</c>.</summary>
    public IReadOnlySet<string> Principals { get; init; } = FrozenSet<string>.Empty;

    /// <summary>Limits of the models; null: there are none.</summary>
    public ModelLimits? ModelLimits { get; init; }

    /// <summary>The app of the route, or null.</summary>
    public AppRoute? App { get; init; }

    public IssuedTokenDetector IssuedTokens { get; init; } = new(null, []);

    /// <summary>Endpoints of the provider that may be used; null without a provider.</summary>
    public EndpointRules? Endpoints { get; init; }

    public Dialect? Dialect => Provider?.Dialect;

    /// <summary>Identity headers that the upstream receives.</summary>
    public IdentityDisclosure Identity => Options.Identity ?? (Provider is null ? IdentityDisclosure.Full : IdentityDisclosure.None);
}
