namespace AuthSidecar.Decisions.Pipeline;

/// <summary>
/// Facts of a request that can shape an Allow. An <see cref="EditStep"/> declares those that it reads; <see cref="AnswerCache"/> makes its
/// key of them.
/// </summary>
[Flags]
internal enum AnswerFacts
{
    Nothing = 0,

    /// <summary>The caller, as authenticated. Part of the key.</summary>
    Identity = 1,

    /// <summary>The policy and its options. Part of the key.</summary>
    Policy = 1 << 1,

    /// <summary>The app behind the route and its tenant. Part of the key for its members; others are not shared.</summary>
    App = 1 << 2,

    /// <summary>The restriction of <c>accept-encoding</c>. Part of the key.</summary>
    Codings = 1 << 3,

    /// <summary>The user's own provider credential, and whether there may be one.</summary>
    Byok = 1 << 4,

    /// <summary>Another party acts for the key.</summary>
    Delegation = 1 << 5,

    /// <summary>An upgrade to WebSocket, and what only upgrades have: an end with the credential, a key.</summary>
    Upgrade = 1 << 6,

    /// <summary>Headers that only the sidecar may set.</summary>
    ForgedHeaders = 1 << 7,

    /// <summary>Headers that a provider must not see.</summary>
    PrivateHeaders = 1 << 8,

    /// <summary>The <c>connection</c> header.</summary>
    Connection = 1 << 9,

    /// <summary>The <c>sec-websocket-protocol</c> header.</summary>
    Subprotocol = 1 << 10,

    /// <summary>The query, and the target where it has one.</summary>
    Query = 1 << 11,

    /// <summary>Everything, the clock and the decision's id included, under a policy that wants an assertion.</summary>
    Assertion = 1 << 12,

    /// <summary>Default of a step: anything. Nothing is shared between requests.</summary>
    Undeclared = 1 << 13,
}
