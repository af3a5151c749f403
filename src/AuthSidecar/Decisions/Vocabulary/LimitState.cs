namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>State of the most exhausted limit of a caller after counting a request.</summary>
/// <param name="Permits">Requests allowed in any window.</param>
/// <param name="Remaining">Requests left now.</param>
/// <param name="Reset">Time until the oldest counted request leaves the window.</param>
internal readonly record struct LimitState(int Permits, int Remaining, TimeSpan Reset);
