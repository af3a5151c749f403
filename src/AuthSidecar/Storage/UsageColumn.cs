using System.Data.Common;

namespace AuthSidecar.Storage;

/// <summary>A column of <see cref="UsageRow"/>, for those who write very many of them.</summary>
internal abstract class UsageColumn(string name)
{
    /// <summary>All but the id, in the order in which they are written and read.</summary>
    public static IReadOnlyList<UsageColumn> All { get; } =
    [
        new Of<long>(nameof(UsageRow.Time), row => Instant.ToMicroseconds(row.Time), (row, value) => row.Time = Instant.FromMicroseconds(value)),
        new Of<string?>(nameof(UsageRow.KeyId), row => row.KeyId, (row, value) => row.KeyId = value),
        new Of<string?>(nameof(UsageRow.UserId), row => row.UserId, (row, value) => row.UserId = value),
        new Of<string?>(nameof(UsageRow.Tenant), row => row.Tenant, (row, value) => row.Tenant = value),
        new Of<string?>(nameof(UsageRow.App), row => row.App, (row, value) => row.App = value),
        new Of<string?>(nameof(UsageRow.Policy), row => row.Policy, (row, value) => row.Policy = value),
        new Of<string?>(nameof(UsageRow.Provider), row => row.Provider, (row, value) => row.Provider = value),
        new Of<string?>(nameof(UsageRow.Model), row => row.Model, (row, value) => row.Model = value),
        new Of<string?>(nameof(UsageRow.Mode), row => row.Mode, (row, value) => row.Mode = value),
        new Of<string?>(nameof(UsageRow.Decision), row => row.Decision, (row, value) => row.Decision = value),
        new Of<string?>(nameof(UsageRow.Reason), row => row.Reason, (row, value) => row.Reason = value),
        new Of<int?>(nameof(UsageRow.Status), row => row.Status, (row, value) => row.Status = value),
        new Of<string?>(nameof(UsageRow.Outcome), row => row.Outcome, (row, value) => row.Outcome = value),
        new Of<string?>(nameof(UsageRow.ErrorType), row => row.ErrorType, (row, value) => row.ErrorType = value),
        new Of<long?>(nameof(UsageRow.DurationMs), row => row.DurationMs, (row, value) => row.DurationMs = value),
        new Of<long?>(nameof(UsageRow.RequestBytes), row => row.RequestBytes, (row, value) => row.RequestBytes = value),
        new Of<long?>(nameof(UsageRow.ResponseBytes), row => row.ResponseBytes, (row, value) => row.ResponseBytes = value),
        new Of<long?>(nameof(UsageRow.InputTokens), row => row.InputTokens, (row, value) => row.InputTokens = value),
        new Of<long?>(nameof(UsageRow.OutputTokens), row => row.OutputTokens, (row, value) => row.OutputTokens = value),
        new Of<long?>(nameof(UsageRow.CachedReadTokens), row => row.CachedReadTokens, (row, value) => row.CachedReadTokens = value),
        new Of<long?>(nameof(UsageRow.CachedWriteTokens), row => row.CachedWriteTokens, (row, value) => row.CachedWriteTokens = value),
        new Of<long?>(nameof(UsageRow.ReasoningTokens), row => row.ReasoningTokens, (row, value) => row.ReasoningTokens = value),
        new Of<long?>(nameof(UsageRow.CostMicros), row => row.CostMicros, (row, value) => row.CostMicros = value),
        new Of<long?>(nameof(UsageRow.ReservedMicros), row => row.ReservedMicros, (row, value) => row.ReservedMicros = value),
        new Of<bool>(nameof(UsageRow.IsEstimated), row => row.IsEstimated, (row, value) => row.IsEstimated = value),
        new Of<string?>(nameof(UsageRow.Client), row => row.Client, (row, value) => row.Client = value),
        new Of<string?>(nameof(UsageRow.Path), row => row.Path, (row, value) => row.Path = value),
        new Of<int>(nameof(UsageRow.Facts), row => (int)row.Facts, (row, value) => row.Facts = (UsageFacts)value),
    ];

    public string Name { get; } = name;

    public static bool AreSame(UsageRow one, UsageRow other) => one.DecisionId == other.DecisionId && All.All(column => column.IsSame(one, other));

    /// <returns>The value as it is stored, or null.</returns>
    public abstract object? Read(UsageRow row);

    /// <returns>The values of many rows, in an array of the column's type.</returns>
    public abstract Array ReadAll(IReadOnlyList<UsageRow> rows);

    /// <summary>Takes the value from a stored row.</summary>
    public abstract void Write(UsageRow row, DbDataReader stored, int ordinal);

    protected abstract bool IsSame(UsageRow one, UsageRow other);

    /// <param name="stored">Stands on a row: the id, then all columns.</param>
    public static UsageRow RowOf(DbDataReader stored)
    {
        var row = new UsageRow { DecisionId = stored.GetString(0) };
        for (var index = 0; index < All.Count; index++)
        {
            if (!stored.IsDBNull(index + 1))
            {
                All[index].Write(row, stored, index + 1);
            }
        }

        return row;
    }

    private sealed class Of<T>(string name, Func<UsageRow, T> get, Action<UsageRow, T> set) : UsageColumn(name)
    {
        public override object? Read(UsageRow row) => get(row);

        public override Array ReadAll(IReadOnlyList<UsageRow> rows)
        {
            var values = new T[rows.Count];
            for (var index = 0; index < values.Length; index++)
            {
                values[index] = get(rows[index]);
            }

            return values;
        }

        public override void Write(UsageRow row, DbDataReader stored, int ordinal) => set(row, stored.GetFieldValue<T>(ordinal));

        protected override bool IsSame(UsageRow one, UsageRow other) => EqualityComparer<T>.Default.Equals(get(one), get(other));
    }
}
