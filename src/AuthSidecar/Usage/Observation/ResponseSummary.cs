namespace AuthSidecar.Usage.Observation;

/// <summary>Result of a response.</summary>
/// <param name="Counts">Tokens; the last value of each count.</param>
/// <param name="Model">The provider's name of the model that answered; null: unknown.</param>
/// <param name="ErrorType">The upstream's error name, or one of <see cref="ErrorNames"/>; null: no error.</param>
/// <param name="Api">The API; a kind of document, not of event.</param>
/// <param name="HasEnded">Complete; otherwise cut off.</param>
/// <param name="WasReadWhole">All of it was read, so its counts are final.</param>
/// <param name="SeenOutput">Lower bound of the output tokens, see <see cref="ObservedTokens"/>; null: no output.</param>
/// <param name="ObjectId">Provider's id of the object with this final usage, or of an unfinished one; null: none.</param>
/// <param name="HasFailed">The upstream reported an error, or ended without the end marker of its API.</param>
internal readonly record struct ResponseSummary(
    TokenCounts Counts,
    string? Model,
    string? ErrorType,
    EventKind Api,
    bool HasEnded,
    bool WasReadWhole,
    long? SeenOutput,
    string? ObjectId,
    bool HasFailed
);
