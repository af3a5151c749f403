namespace AuthSidecar.Policies;

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

/// <summary>One entry of <c>Policies</c>: what a route needs.</summary>
internal sealed class PolicyOptions
{
    /// <summary>Name in <c>Providers</c>; empty: no provider credential is put in place.</summary>
    public string Provider { get; set; } = "";

    /// <summary>All are needed; <c>full</c> satisfies each.</summary>
    public List<string> Scopes { get; set; } = ["full"];

    /// <summary>Of <c>account</c>, <c>end_user</c>, <c>service</c>.</summary>
    public List<string> Subjects { get; set; } = ["account", "end_user", "service"];

    public ByokMode Byok { get; set; } = ByokMode.Deny;
    public DelegationMode Delegation { get; set; } = DelegationMode.Off;
    public ErrorShape Errors { get; set; } = ErrorShape.Canonical;
    public CredentialOrder CredentialOrder { get; set; } = CredentialOrder.BearerFirst;
    public LimitOptions? Limit { get; set; }

    /// <summary>Globs of the models this policy lets through; empty: all.</summary>
    public List<string> Models { get; set; } = [];

    public WebSocketDenial WsDeny { get; set; } = WebSocketDenial.Http;
    public string Relay { get; set; } = "";
    public TimeSpan? MaxStreamDuration { get; set; }

    /// <summary>A path template with <c>{app}</c> when it starts with <c>/</c>, else an app's id.</summary>
    public string App { get; set; } = "";

    public AclStrategy Acl { get; set; } = AclStrategy.Membership;
    public bool ForwardActor { get; set; }
    public bool Assertion { get; set; }
    public bool Shadow { get; set; }

    /// <summary>Passes without a caller, with every credential place and identity header removed; never together with <see cref="Provider"/>.</summary>
    public bool Public { get; set; }
}
