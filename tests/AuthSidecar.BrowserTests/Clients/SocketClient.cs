using AuthSidecar.BrowserTests.Servers;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>A kind of client, and what it can do.</summary>
/// <param name="OpenAsync">Opens sockets, all at once.</param>
/// <param name="ReadsStatus">A page is told nothing of a refused handshake.</param>
/// <param name="WantsAnAnswer">Drops a connection when none of the subprotocols that it offered was chosen, as browsers do and RFC 6455
/// does not ask.</param>
internal sealed record SocketClient(
    Func<SocketEdge, IReadOnlyList<SocketCall>, Task<IReadOnlyList<SeenSocket>>> OpenAsync,
    bool ReadsStatus,
    bool WantsAnAnswer
);
