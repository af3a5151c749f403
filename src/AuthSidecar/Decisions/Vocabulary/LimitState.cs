namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>Where a caller stands after a request was counted, in the limit that is nearest to its end.</summary>
/// <param name="Permits">Requests in any window.</param>
/// <param name="Remaining">Requests that would still pass now.</param>
/// <param name="Reset">Time until the oldest counted request leaves the window.</param>
internal readonly record struct LimitState(int Permits, int Remaining, TimeSpan Reset);
