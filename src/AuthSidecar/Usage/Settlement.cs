using AuthSidecar.Storage;

namespace AuthSidecar.Usage;

/// <returns>What a row costs in millionths of the currency; null: not known.</returns>
internal delegate long? RowCost(UsageRow row);

/// <summary>Is told, after the commit, what has become of requests that have a cost or a reservation.</summary>
internal delegate Task Settlement(IReadOnlyList<SettledRow> rows, CancellationToken cancellationToken);

/// <param name="Row">As it is stored now.</param>
/// <param name="AddedMicros">What was added to what its user and key have spent; negative: it was too much before.</param>
/// <param name="IsFirst">True for the one time that its end became known: what was reserved for it is free.</param>
internal readonly record struct SettledRow(UsageRow Row, long AddedMicros, bool IsFirst);
