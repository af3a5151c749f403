using AuthSidecar.BrowserTests.Servers;

namespace AuthSidecar.BrowserTests.Clients;

/// <summary>A kind of client and its capabilities.</summary>
/// <param name="OpenAsync">Opens WebSockets concurrently.</param>
/// <param name="ReadsStatus">Reads the status of a refused handshake; a page cannot.</param>
/// <param name="WantsAnAnswer">Drops a connection when the server selected none of the offered subprotocols, as browsers do; RFC 6455 does
/// not require it.</param>
internal sealed record SocketClient(
    Func<SocketEdge, IReadOnlyList<SocketCall>, Task<IReadOnlyList<SeenSocket>>> OpenAsync,
    bool ReadsStatus,
    bool WantsAnAnswer
);
