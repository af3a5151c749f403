namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Counts one running request of each of its owners. Ends with the request, or when its lifetime is over.</summary>
/// <param name="DecisionId">Id of the decision that allowed the request; identifies the lease.</param>
/// <param name="Caps">The owners, at least one, and how many requests of each may run.</param>
/// <param name="Lifetime">Time after which the request no longer counts; of a WebSocket, without a renewal.</param>
/// <param name="IsSocket">True: reports about the open WebSocket renew the lease; false: the replica that took it does.</param>
internal sealed record RequestLease(string DecisionId, IReadOnlyList<ParallelCap> Caps, TimeSpan Lifetime, bool IsSocket = false);

/// <summary>At most <paramref name="Most"/> (1 or more) requests of the owner run at a time.</summary>
internal readonly record struct ParallelCap(string Owner, int Most);
