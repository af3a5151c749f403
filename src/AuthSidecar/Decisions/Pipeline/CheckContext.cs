using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The facts of one request, set by the steps. Reading a fact before it is set throws, which denies the request.</summary>
internal sealed class CheckContext(InboundRequest request, string decisionId)
{
    private Policy? _policy;
    private string? _path;
    private string? _rulePath;
    private Caller? _caller;
    private UpstreamEdits? _edits;

    // Copied on write: steps may still be running after the deadline, while the decision is logged.
    private Denial[] _shadowed = [];

    public InboundRequest Request { get; } = request;

    /// <summary>32 lower-case hexadecimal digits, unique to this decision.</summary>
    public string DecisionId { get; } = decisionId;

    /// <summary>Request id of the client or a proxy, for logs only.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>Percent-decoded once, without query.</summary>
    public string Path
    {
        get => _path ?? throw TooEarly(nameof(Path));
        set => _path = value;
    }

    /// <summary>
    /// The path that rules are matched with: <see cref="Path"/> without the parameters of its segments, as servlet containers serve it.
    /// </summary>
    public string RulePath
    {
        get => _rulePath ?? Path;
        set => _rulePath = value;
    }

    /// <summary>Models named by <see cref="Path"/>; null until a step needs them.</summary>
    public IReadOnlyList<string>? PathModels { get; set; }

    public RequestKind Kind { get; } = RequestKinds.Of(request);

    public Policy Policy
    {
        get => _policy ?? throw TooEarly(nameof(Policy));
        set => _policy = value;
    }

    /// <summary>The policy; null before <c>PolicyStep</c>.</summary>
    public Policy? ChosenPolicy => _policy;

    /// <summary>Kind of the provider's endpoint.</summary>
    public EndpointKind Endpoint { get; set; }

    /// <summary>Match of method and path in the dialect's endpoint table.</summary>
    public EndpointMatch EndpointMatch { get; set; }

    public Delegation? Delegation { get; set; }

    /// <summary>True when the provider credential is the caller's own, as marked by a governance header.</summary>
    public bool IsByok { get; set; }

    /// <summary>The credential to authenticate, or null.</summary>
    public PresentedCredential? Credential { get; set; }

    /// <summary>
    /// The credentials of all places in order, of which the first of an accepted family is authenticated; null: <see cref="Credential"/>
    /// is the one, because the policy does not select by family.
    /// </summary>
    public IReadOnlyList<PresentedCredential>? Candidates { get; set; }

    /// <summary>The caller's own provider credential (BYOK), or null.</summary>
    public ProviderCredential? OwnCredential { get; set; }

    public Identity? Identity { get; set; }

    /// <summary>The identity; throws before authentication.</summary>
    public Identity KnownIdentity => Identity ?? throw TooEarly(nameof(Identity));

    /// <summary>
    /// The caller of a denied credential whose secret or signature was verified: revoked, expired, or of a suspended owner. Never the
    /// identity of an Allow.
    /// </summary>
    public Identity? DeniedIdentity { get; set; }

    /// <summary>The caller for logs, metadata and usage rows; null: unknown.</summary>
    public Identity? LoggedIdentity => Identity ?? DeniedIdentity;

    /// <summary>The app of the route, or null.</summary>
    public AppFacts? App { get; set; }

    /// <summary>True when the caller is a member of the app's tenant. Can be false on an allowed request under a shadow policy.</summary>
    public bool IsMember { get; set; }

    /// <summary>The app's tenant for its members, else the tenant of the key, or null.</summary>
    public string? Tenant => IsMember && App is { } app ? app.TenantId : Identity?.Tenant;

    /// <summary>Detail of a denial, such as the check of a token that failed; for the log only.</summary>
    public string? Detail { get; set; }

    /// <summary>State of the caller's rate limit; null without one.</summary>
    public LimitState? Limit { get; set; }

    /// <summary>State of the caller's token limit; null without one.</summary>
    public TokenState? Tokens { get; set; }

    /// <summary>True when tokens are, or may be, reserved for the request. A denial releases them.</summary>
    public bool ReservesTokens { get; set; }

    /// <summary>The lease of a WebSocket; null without a cap. A denial or the end of the socket ends it.</summary>
    public SocketLease? SocketLease { get; set; }

    /// <summary>The lease of a running request; null without a limit. A denial or the end of the request ends it.</summary>
    public RequestLease? RequestLease { get; set; }

    /// <summary>The budgets that the request is charged to; null: no budget.</summary>
    public CallerBudget? Budget { get; set; }

    /// <summary>Groups with shared budgets that the request is charged to, separated by single spaces, or null.</summary>
    public string? BudgetGroups { get; set; }

    /// <summary>The amount reserved from the caller's budgets in millionths of the currency; null: none. A denial releases it.</summary>
    public long? ReservedMicros { get; set; }

    /// <summary>Cost of a result that the request reads, if its usage has no price; nothing is reserved. Null: no budget.</summary>
    public long? ResultMicros { get; set; }

    /// <summary>Denials that a shadow policy did not enforce.</summary>
    public IReadOnlyList<Denial> Shadowed => _shadowed;

    public Caller Caller
    {
        get => _caller ?? throw TooEarly(nameof(Caller));
        set => _caller = value;
    }

    /// <summary>Value of <c>accept-encoding</c> that replaces the client's, or null. Interned, so comparable by reference.</summary>
    public string? Codings => Policy.Provider is null ? null : ContentCodings.Restrict(Request.Headers[KnownHeader.AcceptEncoding]);

    /// <summary>For <see cref="EditStep"/> and the pipeline only.</summary>
    public UpstreamEdits Edits => _edits ??= new();

    /// <summary>True after the first access to <see cref="Edits"/>.</summary>
    public bool HasEdits => _edits is not null;

    /// <summary>True for a denial without an identity that is counted with others instead of getting its own usage row.</summary>
    public bool IsCounted { get; set; }

    /// <summary>True when the caller left before the decision: the denial reached no client, and a repeat may pass elsewhere.</summary>
    public bool IsAbandoned { get; set; }

    /// <summary>True when every repeat of the request has the same decision id, in every replica.</summary>
    public bool IsRepeatable { get; init; }

    /// <summary>Names the request in shared counts, so that a repeat at another replica is counted once; null: not repeatable.</summary>
    public string? ChargeId => IsRepeatable ? DecisionId : null;

    /// <summary>Denial returned when the deadline passes.</summary>
    public Denial TimeoutDenial { get; set; } = Denials.InternalError;

    public void Shadow(Denial denial) => _shadowed = [.. _shadowed, denial];

    /// <summary>
    /// A copy for log, metrics and usage after the deadline: the abandoned steps may still be running and change the original.
    /// </summary>
    public CheckContext Frozen() =>
        new(Request, DecisionId)
        {
            IsRepeatable = IsRepeatable,
            CorrelationId = CorrelationId,
            _path = _path,
            _policy = _policy,
            Endpoint = Endpoint,
            EndpointMatch = EndpointMatch,
            Delegation = Delegation,
            IsByok = IsByok,
            Credential = Credential,
            Identity = Identity,
            DeniedIdentity = DeniedIdentity,
            BudgetGroups = BudgetGroups,
            Detail = Detail,
            TimeoutDenial = TimeoutDenial,
            _shadowed = _shadowed,
        };

    private static InvalidOperationException TooEarly(string fact) => new($"{fact} was read before a step set it.");
}

/// <summary>A credential as presented by the client. Never logged.</summary>
/// <param name="Token">The credential, trimmed.</param>
/// <param name="Source">Its header or parameter, such as <c>authorization</c>.</param>
internal sealed record PresentedCredential(string Token, string Source)
{
    public override string ToString() => $"credential in {Source}";
}

/// <summary>A caller's own credential for the provider, forwarded unchanged.</summary>
/// <param name="Header">Header that carries it upstream; null: the query.</param>
/// <param name="Value">Complete value of the header.</param>
internal sealed record ProviderCredential(string? Header, string Value)
{
    public override string ToString() => $"provider credential in {Header ?? "query"}";
}
