namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// Facts of a request that determine an Allow. An <see cref="EditStep"/> declares the facts that it reads; <see cref="AnswerCache"/>
/// derives from them which requests can share an Allow.
/// </summary>
[Flags]
internal enum AnswerFacts
{
    Nothing = 0,

    /// <summary>The authenticated caller. Part of the cache key.</summary>
    Identity = 1,

    /// <summary>The policy and its options. Part of the cache key.</summary>
    Policy = 1 << 1,

    /// <summary>The app of the route and its tenant. Part of the cache key for members; requests of others are not shared.</summary>
    App = 1 << 2,

    /// <summary>The restriction of <c>accept-encoding</c>. Part of the cache key.</summary>
    Codings = 1 << 3,

    /// <summary>The caller's own provider credential (BYOK), and whether the request may have one.</summary>
    Byok = 1 << 4,

    /// <summary>Delegation: another party acts for the key.</summary>
    Delegation = 1 << 5,

    /// <summary>A WebSocket upgrade with its key and its end at the expiry of the credential.</summary>
    Upgrade = 1 << 6,

    /// <summary>Headers that only the sidecar may set.</summary>
    ForgedHeaders = 1 << 7,

    /// <summary>Headers that a provider must not see.</summary>
    PrivateHeaders = 1 << 8,

    /// <summary>The <c>connection</c> header.</summary>
    Connection = 1 << 9,

    /// <summary>The <c>sec-websocket-protocol</c> header.</summary>
    Subprotocol = 1 << 10,

    /// <summary>The query, and the request target if it has one.</summary>
    Query = 1 << 11,

    /// <summary>All facts, including the clock and the decision's id, under a policy with <c>Assertion</c>.</summary>
    Assertion = 1 << 12,

    /// <summary>Default of a step: any fact. Turns the cache off.</summary>
    Undeclared = 1 << 13,
}
