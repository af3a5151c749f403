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

/// <summary>The shape of an error body; the reason and the status are the same in all but <see cref="Aibridge"/>.</summary>
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

/// <summary>One entry of <c>Policies</c>: what a route needs.</summary>
internal sealed class PolicyOptions
{
    /// <summary>Name in <c>Providers</c>; empty: no provider credential is put in place.</summary>
    public string Provider { get; set; } = "";

    /// <summary>All are needed; <c>full</c> satisfies each. An empty list declares none, which is <c>["full"]</c>.</summary>
    public List<string> Scopes { get; set; } = ["full"];

    /// <summary>Of <c>account</c>, <c>end_user</c>, <c>service</c>.</summary>
    public List<string> Subjects { get; set; } = ["account", "end_user", "service"];

    /// <summary>Whether a user may bring an own provider credential beside a governance header, must, or must not.</summary>
    public ByokMode Byok { get; set; } = ByokMode.Deny;

    /// <summary>Whether another party may act for a key: by a shared gateway key, by its certificate, or not.</summary>
    public DelegationMode Delegation { get; set; } = DelegationMode.Off;

    /// <summary>Whose error objects refusals look like.</summary>
    public ErrorShape Errors { get; set; } = ErrorShape.Canonical;

    /// <summary>Which of <c>Authorization</c> and <c>X-Api-Key</c> is looked at first.</summary>
    public CredentialOrder CredentialOrder { get; set; } = CredentialOrder.BearerFirst;

    /// <summary>A limit of its own; null: the default one.</summary>
    public LimitOptions? Limit { get; set; }

    /// <summary>Globs of the models this policy lets through; empty: all.</summary>
    public List<string> Models { get; set; } = [];

    /// <summary>
    /// What of the provider's API passes: only what generates, lists models or counts tokens (docs/reference/endpoints.md), or all of it.
    /// Without <see cref="Provider"/> it has no meaning.
    /// </summary>
    public EndpointChoice Endpoints { get; set; } = EndpointChoice.Inference;

    /// <summary>
    /// Further paths that pass, with any method: templates as in <c>Rules</c>, compared with the path before any rewrite.
    /// </summary>
    public List<string> Paths { get; set; } = [];

    /// <summary>Further methods that pass on the paths of <c>Endpoints: inference</c>, in upper case.</summary>
    public List<string> Methods { get; set; } = [];

    /// <summary>How a WebSocket is refused: by an HTTP status, or opened and closed with a code.</summary>
    public WebSocketDenial WsDeny { get; set; } = WebSocketDenial.Http;

    /// <summary>
    /// Where the relay connects WebSockets to, <c>ws://</c> or <c>wss://</c>; an address without a path takes the request's. Empty: not
    /// relayed.
    /// </summary>
    public string Relay { get; set; } = "";

    /// <summary>Longest life of a stream; null: not bounded here.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "365.00:00:00")]
    public TimeSpan? MaxStreamDuration { get; set; }

    /// <summary>A path template with <c>{app}</c> when it starts with <c>/</c>, else an app's id.</summary>
    public string App { get; set; } = "";

    /// <summary>Who decides about the app: the store's members or a remote permission service.</summary>
    public AclStrategy Acl { get; set; } = AclStrategy.Membership;

    /// <summary>
    /// Which identity headers the upstream sees: the decision's id alone, ids of caller and key too, or all; null: <c>none</c> with a
    /// Provider, <c>full</c> without one.
    /// </summary>
    public IdentityDisclosure? Identity { get; set; }

    /// <summary>Sets <c>X-AI-Bridge-Actor-ID</c> and <c>X-AI-Bridge-Actor-Metadata-Username</c>.</summary>
    public bool ForwardActor { get; set; }

    /// <summary>Adds a signed statement of the caller's identity.</summary>
    public bool Assertion { get; set; }

    /// <summary>Lets pass, counts and logs what would be refused after a successful authentication.</summary>
    public bool Shadow { get; set; }

    /// <summary>
    /// Passes without a caller, with every credential place and identity header removed; never together with <see cref="Provider"/>.
    /// </summary>
    public bool Public { get; set; }
}
