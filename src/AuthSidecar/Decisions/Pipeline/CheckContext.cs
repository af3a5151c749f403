using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Providers;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>The facts about one request, set by the steps that find them; reading one too early throws, which refuses.</summary>
internal sealed class CheckContext(InboundRequest request, string decisionId)
{
    private Policy? _policy;
    private string? _path;
    private Caller? _caller;
    private UpstreamEdits? _edits;

    // Replaced and not added to, so that it can be read while steps that were given up still run.
    private Denial[] _shadowed = [];

    public InboundRequest Request { get; } = request;

    /// <summary>32 lower-case hexadecimal digits, unique to this decision.</summary>
    public string DecisionId { get; } = decisionId;

    /// <summary>The client's or a proxy's own id, for logs only.</summary>
    public string? CorrelationId { get; set; }

    /// <summary>Percent-decoded once, without query.</summary>
    public string Path
    {
        get => _path ?? throw TooEarly(nameof(Path));
        set => _path = value;
    }

    /// <summary>Models named by <see cref="Path"/>; null until a step needs them.</summary>
    public IReadOnlyList<string>? PathModels { get; set; }

    public RequestKind Kind { get; } = RequestKinds.Of(request);

    public Policy Policy
    {
        get => _policy ?? throw TooEarly(nameof(Policy));
        set => _policy = value;
    }

    /// <summary>The policy, or null before one was chosen.</summary>
    public Policy? ChosenPolicy => _policy;

    /// <summary>What the request does at the policy's provider.</summary>
    public EndpointKind Endpoint { get; set; }

    /// <summary>What the table of the provider's dialect says of it.</summary>
    public EndpointMatch EndpointMatch { get; set; }

    public Delegation? Delegation { get; set; }

    /// <summary>A governance header authenticated or marked the request: the provider credential is the user's own.</summary>
    public bool IsByok { get; set; }

    /// <summary>The credential that decides, or null.</summary>
    public PresentedCredential? Credential { get; set; }

    /// <summary>The user's own provider credential, or null.</summary>
    public ProviderCredential? OwnCredential { get; set; }

    public Identity? Identity { get; set; }

    /// <summary>The identity; throws before authentication.</summary>
    public Identity KnownIdentity => Identity ?? throw TooEarly(nameof(Identity));

    /// <summary>The app that the route is about, or null.</summary>
    public AppFacts? App { get; set; }

    /// <summary>
    /// True when the caller belongs to the app's tenant; false also where a policy that is only tried out let others pass.
    /// </summary>
    public bool IsMember { get; set; }

    /// <summary>The tenant for which the caller acts: the app's, or else the one that the key is bound to, or null.</summary>
    public string? Tenant => IsMember && App is { } app ? app.TenantId : Identity?.Tenant;

    /// <summary>Detail of a refusal beyond its reason, such as which check of a token failed; for the log only.</summary>
    public string? Detail { get; set; }

    /// <summary>What counting the request found, or null when nothing limits it.</summary>
    public LimitState? Limit { get; set; }

    /// <summary>The lease of a WebSocket, or null when nothing caps them. It ends with a refusal or with the socket.</summary>
    public SocketLease? SocketLease { get; set; }

    /// <summary>The budgets that the request is paid from; null: there is no limit.</summary>
    public CallerBudget? Budget { get; set; }

    /// <summary>Groups of whose shared budgets the request is paid, separated by single spaces, or null.</summary>
    public string? SharedBudgets { get; set; }

    /// <summary>
    /// The estimate reserved from the caller's budgets, in millionths of the currency, or null: nothing is reserved. A refusal releases it.
    /// </summary>
    public long? ReservedMicros { get; set; }

    /// <summary>Refusals that the policy only tries out: the request passed in spite of them.</summary>
    public IReadOnlyList<Denial> Shadowed => _shadowed;

    public Caller Caller
    {
        get => _caller ?? throw TooEarly(nameof(Caller));
        set => _caller = value;
    }

    /// <summary>What <c>accept-encoding</c> says to the provider instead of the client's, or null; one of a few instances.</summary>
    public string? Codings => Policy.Provider is null ? null : ContentCodings.Restrict(Request.Headers[KnownHeader.AcceptEncoding]);

    /// <summary>For <see cref="EditStep"/> and the pipeline alone.</summary>
    public UpstreamEdits Edits => _edits ??= new();

    /// <summary>True once edits were asked for.</summary>
    public bool HasEdits => _edits is not null;

    /// <summary>It is refused without an identity and has no row of usage of its own: it is counted with others.</summary>
    public bool IsCounted { get; set; }

    /// <summary>Denial returned when the deadline passes.</summary>
    public Denial TimeoutDenial { get; set; } = Denials.InternalError;

    public void Shadow(Denial denial) => _shadowed = [.. _shadowed, denial];

    /// <summary>
    /// A copy of what is known by now, for the log, metrics and usage of a request whose steps were abandoned: they may still run, and
    /// later findings change nothing here.
    /// </summary>
    public CheckContext Frozen() =>
        new(Request, DecisionId)
        {
            CorrelationId = CorrelationId,
            _path = _path,
            _policy = _policy,
            Endpoint = Endpoint,
            EndpointMatch = EndpointMatch,
            Delegation = Delegation,
            IsByok = IsByok,
            Credential = Credential,
            Identity = Identity,
            SharedBudgets = SharedBudgets,
            Detail = Detail,
            TimeoutDenial = TimeoutDenial,
            _shadowed = _shadowed,
        };

    private static InvalidOperationException TooEarly(string fact) => new($"{fact} was read before the step that finds it.");
}

/// <summary>A credential as the client presented it; never shown.</summary>
/// <param name="Token">Its text, trimmed.</param>
/// <param name="Source">Header or parameter that carried it, e.g. <c>authorization</c>.</param>
internal sealed record PresentedCredential(string Token, string Source)
{
    public override string ToString() => $"credential in {Source}";
}

/// <summary>A client's own credential for the provider, to be passed on byte for byte.</summary>
/// <param name="Header">Header that carries it upstream; null when it stands in the query.</param>
/// <param name="Value">The header's whole value.</param>
internal sealed record ProviderCredential(string? Header, string Value)
{
    public override string ToString() => $"provider credential in {Header ?? "query"}";
}
