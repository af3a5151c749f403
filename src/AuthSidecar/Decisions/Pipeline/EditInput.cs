using AuthSidecar.Decisions.Policies;
using AuthSidecar.Decisions.Vocabulary;

namespace AuthSidecar.Decisions.Pipeline;

/// <summary>Access of an <see cref="EditStep"/> to the request. Reading an undeclared fact throws, which denies the request.</summary>
internal readonly struct EditInput(CheckContext context, AnswerFacts declared)
{
    public Policy Policy => Read(AnswerFacts.Policy).Policy;

    /// <summary>Null under a public policy.</summary>
    public Identity? Identity => Read(AnswerFacts.Identity).Identity;

    public Identity KnownIdentity => Read(AnswerFacts.Identity).KnownIdentity;

    public AppFacts? App => Read(AnswerFacts.App).App;

    /// <inheritdoc cref="CheckContext.Tenant"/>
    public string? Tenant => Read(AnswerFacts.App | AnswerFacts.Identity).Tenant;

    /// <inheritdoc cref="CheckContext.Codings"/>
    public string? Codings => Read(AnswerFacts.Codings).Codings;

    public bool IsByok => Read(AnswerFacts.Byok).IsByok;

    public ProviderCredential? OwnCredential => Read(AnswerFacts.Byok).OwnCredential;

    public Delegation? Delegation => Read(AnswerFacts.Delegation).Delegation;

    public bool IsWebSocket => Read(AnswerFacts.Upgrade).Kind.HasFlag(RequestKind.WebSocket);

    /// <summary>An upgrade without <c>sec-websocket-key</c>.</summary>
    public bool LacksWebSocketKey => IsWebSocket && !context.Request.Headers.Has(KnownHeader.SecWebSocketKey);

    /// <inheritdoc cref="RequestHeaders.Forged"/>
    public IReadOnlyList<string> ForgedHeaders => Read(AnswerFacts.ForgedHeaders).Request.Headers.Forged ?? [];

    /// <summary>As <see cref="RequestHeaders.Private"/>; empty for a policy without a provider.</summary>
    public IReadOnlyList<string> PrivateHeaders =>
        Read(AnswerFacts.PrivateHeaders | AnswerFacts.Policy) is { Policy.Provider: not null, Request.Headers.Private: { } names }
            ? names
            : [];

    public string? Connection => Read(AnswerFacts.Connection).Request.Headers[KnownHeader.Connection];

    public string? Subprotocol => Read(AnswerFacts.Subprotocol).Request.Headers[KnownHeader.SecWebSocketProtocol];

    /// <summary>The request target with its query, undecoded; null without a query.</summary>
    public string? TargetWithQuery => Read(AnswerFacts.Query).Request is { Query.IsEmpty: false, Target: var target } ? target : null;

    /// <summary>The whole context; throws for a policy without <c>Assertion</c>.</summary>
    public CheckContext Asserted =>
        Read(AnswerFacts.Assertion) is { Policy.Options.Assertion: true }
            ? context
            : throw new InvalidOperationException("The policy has no assertion.");

    /// <summary>The request itself, for a step without a declaration.</summary>
    public InboundRequest Request => Read(AnswerFacts.Undeclared).Request;

    /// <summary>Unrestricted access, for edits that are never shared.</summary>
    public static EditInput OfOne(CheckContext context) => new(context, AnswerFacts.Undeclared);

    public Caller Mount() =>
        context.Caller = new(KnownIdentity, IsByok ? AuthenticationMode.Byok : AuthenticationMode.Centralized, Delegation);

    private CheckContext Read(AnswerFacts facts) =>
        (declared & facts) == facts || declared.HasFlag(AnswerFacts.Undeclared)
            ? context
            : throw new InvalidOperationException($"A step read {facts} but declares {declared}.");
}
