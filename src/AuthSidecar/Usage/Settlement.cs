using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <returns>What a row costs in millionths of the currency; null: not known.</returns>
internal delegate long? RowCost(UsageRow row);

/// <returns>What is booked in millionths of the currency for a row of which tokens or price are not all known; null: not known.</returns>
internal delegate long? RowGuess(UsageRow row);

/// <summary>Is told, after the commit, what has become of requests that have a cost or a reservation. Being told twice changes nothing.</summary>
internal delegate Task Settlement(IReadOnlyList<SettledRow> rows, CancellationToken cancellationToken);

/// <param name="Row">As it is stored now.</param>
/// <param name="IsCounted">True for the one time that an ended request's cost became known from its counts.</param>
internal readonly record struct SettledRow(UsageRow Row, bool IsCounted);
