namespace AuthSidecar.Decisions.Vocabulary;

/// <summary>State of the most exhausted token limit of a caller after reserving for a request.</summary>
/// <param name="Tokens">Tokens allowed in any window.</param>
/// <param name="Remaining">Tokens left now.</param>
/// <param name="Reset">Time until the oldest tokens leave the window.</param>
/// <param name="ResetAt">The same instant.</param>
internal readonly record struct TokenState(long Tokens, long Remaining, TimeSpan Reset, DateTimeOffset ResetAt);
