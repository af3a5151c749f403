namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Counts one open WebSocket of its owner. Ends with the socket, or expires without renewal.</summary>
/// <param name="DecisionId">Id of the decision that allowed the socket; identifies the lease.</param>
/// <param name="Subject">Owner of the socket: a subject or a key line.</param>
internal sealed record SocketLease(string DecisionId, string Subject);
