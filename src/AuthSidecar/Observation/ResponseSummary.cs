namespace AuthSidecar.Observation;

/// <summary>What a response came to.</summary>
/// <param name="Counts">Tokens, the last number of each.</param>
/// <param name="Model">The model that answered, as the provider names it; null: unknown.</param>
/// <param name="ErrorType">The upstream's name of its error, else one of <see cref="ErrorNames"/>; null: nothing was wrong.</param>
/// <param name="HasEnded">It came to its end; else it was cut off.</param>
/// <param name="HasFailed">The upstream told of an error, or ended without the mark of its API.</param>
internal readonly record struct ResponseSummary(TokenCounts Counts, string? Model, string? ErrorType, bool HasEnded, bool HasFailed);
