namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>
/// The place that one open WebSocket takes up among its caller's. It ends with the socket, or lapses when nobody renews it.
/// </summary>
/// <param name="DecisionId">The decision that let the socket through; names the lease.</param>
/// <param name="Subject">Whose socket it is.</param>
internal sealed record SocketLease(string DecisionId, string Subject);
