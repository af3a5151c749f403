using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <returns>Cost of a row in millionths of the currency; null: unknown.</returns>
internal delegate long? RowCost(UsageRow row);

/// <returns>Estimated cost, in millionths of the currency, of a row whose tokens or price are not all known; null: unknown.</returns>
internal delegate long? RowGuess(UsageRow row);

/// <summary>Receives, after the commit, the changed rows that have a cost or a reservation. Idempotent.</summary>
internal delegate Task SettlementHandler(IReadOnlyList<SettledUsage> rows, CancellationToken cancellationToken);

/// <summary>Receives, after the commit, all new and changed rows. Never throws.</summary>
internal delegate void CommittedRows(IEnumerable<UsageRow> rows);

/// <param name="Row">The stored row.</param>
/// <param name="IsCounted">True once for each request: when its final cost became known from counted tokens.</param>
internal readonly record struct SettledUsage(UsageRow Row, bool IsCounted);
