namespace AuthSidecar.Observation;

/// <summary>What a response came to.</summary>
/// <param name="Counts">Tokens, the last number of each.</param>
/// <param name="Model">The model that answered, as the provider names it; null: unknown.</param>
/// <param name="ErrorType">The upstream's name of its error, else one of <see cref="ErrorNames"/>; null: nothing was wrong.</param>
/// <param name="Api">Whose API spoke; the documents' kinds, not the events'.</param>
/// <param name="HasEnded">It came to its end; else it was cut off.</param>
/// <param name="WasReadWhole">All of it was read, so that its counts are the last word.</param>
/// <param name="SeenOutput">The least that was written, as <see cref="SeenTokens"/> has it; null: nothing was seen.</param>
/// <param name="ObjectId">The provider's id of the object whose final usage this is, or of one that is still being made; null: none.</param>
/// <param name="HasFailed">The upstream told of an error, or ended without the mark of its API.</param>
internal readonly record struct ResponseSummary(TokenCounts Counts, string? Model, string? ErrorType, EventKind Api, bool HasEnded, bool WasReadWhole, long? SeenOutput, string? ObjectId, bool HasFailed);
