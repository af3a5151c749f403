using System.ComponentModel.DataAnnotations;

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
}

internal enum CredentialOrder
{
    BearerFirst,
    ApiKeyFirst,
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

/// <summary>One entry of <c>Policies</c>.</summary>
internal sealed class PolicyOptions
{
    /// <summary>Name in <c>Providers</c>; empty: no provider, and no provider credential is added.</summary>
    public string Provider { get; set; } = "";

    /// <summary>Scopes that a credential needs, all of them; <c>full</c> satisfies each. Empty: as <c>["full"]</c>.</summary>
    public List<string> Scopes { get; set; } = ["full"];

    /// <summary>Accepted subject types, of <c>account</c>, <c>end_user</c>, <c>service</c>.</summary>
    public List<string> Subjects { get; set; } = ["account", "end_user", "service"];

    /// <summary>Whether callers must not, may or must send their own provider credential (BYOK) beside a governance header.</summary>
    public ByokMode Byok { get; set; } = ByokMode.Deny;

    /// <summary>Whether another party may act for a key, and its proof: a shared gateway key or its certificate.</summary>
    public DelegationMode Delegation { get; set; } = DelegationMode.Off;

    /// <summary>Shape of error bodies.</summary>
    public ErrorShape Errors { get; set; } = ErrorShape.Canonical;

    /// <summary>Whether <c>Authorization</c> or <c>X-Api-Key</c> is read first.</summary>
    public CredentialOrder CredentialOrder { get; set; } = CredentialOrder.BearerFirst;

    /// <summary>Rate limit of this policy; null: the default limit.</summary>
    public LimitOptions? Limit { get; set; }

    /// <summary>Globs of the allowed models; empty: all.</summary>
    public List<string> Models { get; set; } = [];

    /// <summary>
    /// Allowed endpoints of the provider: only those that generate, list models or count tokens (docs/reference/endpoints.md), or any.
    /// Ignored without <see cref="Provider"/>.
    /// </summary>
    public EndpointChoice Endpoints { get; set; } = EndpointChoice.Inference;

    /// <summary>
    /// Additional allowed paths, with any method: templates as in <c>Rules</c>, matched against the path before any rewrite.
    /// </summary>
    public List<string> Paths { get; set; } = [];

    /// <summary>Additional allowed methods on the paths of <c>Endpoints: inference</c>, in upper case.</summary>
    public List<string> Methods { get; set; } = [];

    /// <summary>Denial of a WebSocket: an HTTP status, or an opened socket that is closed with a code.</summary>
    public WebSocketDenial WsDeny { get; set; } = WebSocketDenial.Http;

    /// <summary>
    /// Address that the relay connects WebSockets to, <c>ws://</c> or <c>wss://</c>; without a path it gets the request's. Empty: no relay.
    /// </summary>
    public string Relay { get; set; } = "";

    /// <summary>Maximum duration of a stream; null: no maximum from the policy.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan? MaxStreamDuration { get; set; }

    /// <summary>The app of the route: an app id, or a path template with <c>{app}</c> that starts with <c>/</c>. Empty: none.</summary>
    public string App { get; set; } = "";

    /// <summary>Authorization for the app: members in the store, or a remote permission service.</summary>
    public AclStrategy Acl { get; set; } = AclStrategy.Membership;

    /// <summary>
    /// Identity headers for the upstream: only the decision's id, also the ids of caller and key, or all; null: <c>none</c> with a
    /// provider, <c>full</c> without one.
    /// </summary>
    public IdentityDisclosure? Identity { get; set; }

    /// <summary>Sets <c>X-AI-Bridge-Actor-ID</c> and <c>X-AI-Bridge-Actor-Metadata-Username</c>.</summary>
    public bool ForwardActor { get; set; }

    /// <summary>Adds a signed assertion of the caller's identity.</summary>
    public bool Assertion { get; set; }

    /// <summary>Logs and counts denials after a successful authentication instead of enforcing them.</summary>
    public bool Shadow { get; set; }

    /// <summary>
    /// Allows requests without a caller; all credentials and identity headers are removed. Excludes <see cref="Provider"/>.
    /// </summary>
    public bool Public { get; set; }
}
