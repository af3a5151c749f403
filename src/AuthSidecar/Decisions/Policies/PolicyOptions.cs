using System.ComponentModel.DataAnnotations;
using AuthSidecar.Decisions.Text;

namespace AuthSidecar.Decisions.Policies;

internal enum ByokMode
{
    Deny,
    Allow,
    Require,
}

internal enum DelegationMode
{
    Off,
    GatewayKey,
    Mtls,
}

/// <summary>Shape of an error body. Reason and status are the same in all shapes except <see cref="Aibridge"/>.</summary>
internal enum ErrorShape
{
    Canonical,
    Openai,
    Anthropic,
    Aibridge,
    Gemini,
}

internal enum CredentialOrder
{
    BearerFirst,
    ApiKeyFirst,

    /// <summary>The first place that holds a token of a family that is accepted here; without one, as <see cref="BearerFirst"/>.</summary>
    OwnFirst,
}

internal enum WebSocketDenial
{
    Http,
    Close,
}

internal enum AclStrategy
{
    Membership,
    Acl,
}

internal enum EndpointChoice
{
    Inference,
    Any,
}

/// <summary>One entry of <c>Policies</c>: the requirements of a route.</summary>
internal sealed class PolicyOptions
{
    /// <summary>Name in <c>Providers</c>. Empty: no provider credential is set.</summary>
    public string Provider { get; set; } = "";

    /// <summary>Required scopes, all of them; <c>full</c> satisfies each. An empty list means <c>["full"]</c>.</summary>
    public List<string> Scopes { get; set; } = ["full"];

    /// <summary>Accepted subject types, of <c>account</c>, <c>end_user</c>, <c>service</c>.</summary>
    public List<string> Subjects { get; set; } = ["account", "end_user", "service"];

    /// <summary>A caller's own provider credential beside a governance header: denied, allowed or required.</summary>
    public ByokMode Byok { get; set; } = ByokMode.Deny;

    /// <summary>Delegation: none, by a shared gateway key, or by the peer's certificate.</summary>
    public DelegationMode Delegation { get; set; } = DelegationMode.Off;

    /// <summary>Shape of error bodies.</summary>
    public ErrorShape Errors { get; set; } = ErrorShape.Canonical;

    /// <summary>
    /// Credential that authenticates: that of <c>Authorization</c>, of <c>X-Api-Key</c>, or the first one that has the form of a key or
    /// token accepted here.
    /// </summary>
    public CredentialOrder CredentialOrder { get; set; } = CredentialOrder.BearerFirst;

    /// <summary>Request limit of the policy; null: the default limit.</summary>
    public LimitOptions? Limit { get; set; }

    /// <summary>
    /// Globs of allowed models: a list, or an object whose members may have limits. Of several that match a model, the limits of the most
    /// specific one count: a name without wildcards, else the glob with the most characters before its first wildcard, else with the most
    /// in all, else the first in the order of ASCII. Empty: all.
    /// </summary>
    public NameList<ModelLimitOptions> Models { get; set; } = [];

    /// <summary>
    /// Allowed endpoints of the provider's API: those that generate, list models or count tokens (docs/reference/endpoints.md), or any.
    /// Without <see cref="Provider"/> it has no effect.
    /// </summary>
    public EndpointChoice Endpoints { get; set; } = EndpointChoice.Inference;

    /// <summary>Further allowed paths, with any method: templates as in <c>Rules</c>, compared with the path before any rewrite.</summary>
    public List<string> Paths { get; set; } = [];

    /// <summary>Further allowed methods on the paths of <c>Endpoints: inference</c>, in upper case.</summary>
    public List<string> Methods { get; set; } = [];

    /// <summary>Denial of a WebSocket: an HTTP status, or an accepted socket that is closed with a code.</summary>
    public WebSocketDenial WsDeny { get; set; } = WebSocketDenial.Http;

    /// <summary>
    /// Upstream of relayed WebSockets, <c>ws://</c> or <c>wss://</c>; without a path the request's path is used. Empty: not relayed.
    /// </summary>
    public string Relay { get; set; } = "";

    /// <summary>Maximum life of a stream; null: no limit of the policy.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan? MaxStreamDuration { get; set; }

    /// <summary>App of the route: a path template with <c>{app}</c> if it starts with <c>/</c>, else an app's id.</summary>
    public string App { get; set; } = "";

    /// <summary>Source of permissions on the app: the members in the store, or the permission service.</summary>
    public AclStrategy Acl { get; set; } = AclStrategy.Membership;

    /// <summary>
    /// Identity headers for the upstream: the decision's id alone, also the ids of caller and key, or all; null: <c>none</c> with a
    /// Provider, <c>full</c> without one.
    /// </summary>
    public IdentityDisclosure? Identity { get; set; }

    /// <summary>Sets <c>X-AI-Bridge-Actor-ID</c> and <c>X-AI-Bridge-Actor-Metadata-Username</c>.</summary>
    public bool ForwardActor { get; set; }

    /// <summary>Adds a signed assertion of the caller's identity.</summary>
    public bool Assertion { get; set; }

    /// <summary>Counts and logs denials after a successful authentication, and lets the request pass.</summary>
    public bool Shadow { get; set; }

    /// <summary>
    /// Allows requests without a caller, and removes every credential and identity header; never together with <see cref="Provider"/>.
    /// </summary>
    public bool Public { get; set; }
}
