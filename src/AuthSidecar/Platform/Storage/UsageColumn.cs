namespace AuthSidecar.Platform.Storage;

/// <summary>A column of <see cref="UsageRow"/>, for bulk reads and writes that bypass Entity Framework.</summary>
internal abstract class UsageColumn(string name)
{
    /// <summary>All but the id, in the order in which they are written and read.</summary>
    public static UsageColumn[] All { get; } =
    [
        new Number(
            nameof(UsageRow.Time),
            row => Instant.ToMicroseconds(row.Time),
            (row, value) => row.Time = Instant.FromMicroseconds(value)
        ),
        new Text(nameof(UsageRow.KeyId), row => row.KeyId, (row, value) => row.KeyId = value),
        new Text(nameof(UsageRow.UserId), row => row.UserId, (row, value) => row.UserId = value),
        new Text(nameof(UsageRow.Tenant), row => row.Tenant, (row, value) => row.Tenant = value),
        new Text(nameof(UsageRow.App), row => row.App, (row, value) => row.App = value),
        new Text(nameof(UsageRow.Policy), row => row.Policy, (row, value) => row.Policy = value),
        new Text(nameof(UsageRow.Provider), row => row.Provider, (row, value) => row.Provider = value),
        new Text(nameof(UsageRow.Model), row => row.Model, (row, value) => row.Model = value),
        new Text(nameof(UsageRow.Mode), row => row.Mode, (row, value) => row.Mode = value),
        new Text(nameof(UsageRow.Decision), row => row.Decision, (row, value) => row.Decision = value),
        new Text(nameof(UsageRow.Reason), row => row.Reason, (row, value) => row.Reason = value),
        new Number(nameof(UsageRow.Status), row => row.Status, (row, value) => row.Status = (int)value),
        new Text(nameof(UsageRow.Outcome), row => row.Outcome, (row, value) => row.Outcome = value),
        new Text(nameof(UsageRow.ErrorType), row => row.ErrorType, (row, value) => row.ErrorType = value),
        new Number(nameof(UsageRow.DurationMs), row => row.DurationMs, (row, value) => row.DurationMs = value),
        new Number(nameof(UsageRow.RequestBytes), row => row.RequestBytes, (row, value) => row.RequestBytes = value),
        new Number(nameof(UsageRow.ResponseBytes), row => row.ResponseBytes, (row, value) => row.ResponseBytes = value),
        new Number(nameof(UsageRow.InputTokens), row => row.InputTokens, (row, value) => row.InputTokens = value),
        new Number(nameof(UsageRow.OutputTokens), row => row.OutputTokens, (row, value) => row.OutputTokens = value),
        new Number(nameof(UsageRow.CachedReadTokens), row => row.CachedReadTokens, (row, value) => row.CachedReadTokens = value),
        new Number(nameof(UsageRow.CachedWriteTokens), row => row.CachedWriteTokens, (row, value) => row.CachedWriteTokens = value),
        new Number(nameof(UsageRow.ReasoningTokens), row => row.ReasoningTokens, (row, value) => row.ReasoningTokens = value),
        new Number(nameof(UsageRow.SeenInputTokens), row => row.SeenInputTokens, (row, value) => row.SeenInputTokens = value),
        new Number(nameof(UsageRow.SeenOutputTokens), row => row.SeenOutputTokens, (row, value) => row.SeenOutputTokens = value),
        new Text(nameof(UsageRow.ObjectId), row => row.ObjectId, (row, value) => row.ObjectId = value),
        new Number(nameof(UsageRow.CostMicros), row => row.CostMicros, (row, value) => row.CostMicros = value),
        new Number(nameof(UsageRow.ReservedMicros), row => row.ReservedMicros, (row, value) => row.ReservedMicros = value),
        new Number(nameof(UsageRow.IsEstimated), row => row.IsEstimated ? 1 : 0, (row, value) => row.IsEstimated = value != 0)
        {
            IsFlag = true,
        },
        new Text(nameof(UsageRow.Client), row => row.Client, (row, value) => row.Client = value),
        new Text(nameof(UsageRow.Path), row => row.Path, (row, value) => row.Path = value),
        new Number(nameof(UsageRow.Facts), row => (int)row.Facts, (row, value) => row.Facts = (UsageFacts)value),
        new Text(nameof(UsageRow.KeyLine), row => row.KeyLine, (row, value) => row.KeyLine = value),
        new Text(RequestUsage.SharedBudgetsColumn, row => row.SharedBudgets, (row, value) => row.SharedBudgets = value),
        new Text(nameof(UsageRow.Detail), row => row.Detail, (row, value) => row.Detail = value),
        new Text(nameof(UsageRow.AskedModel), row => row.AskedModel, (row, value) => row.AskedModel = value),
        new Number(nameof(UsageRow.Requests), row => row.Requests, (row, value) => row.Requests = value),
    ];

    public string Name { get; } = name;

    /// <summary>Otherwise a number.</summary>
    public abstract bool IsText { get; }

    /// <summary>A number that is 0 or 1.</summary>
    public bool IsFlag { get; private init; }

    public static bool AreSame(UsageRow one, UsageRow other)
    {
        foreach (var column in All)
        {
            if (column.NumberOf(one) != column.NumberOf(other) || column.TextOf(one) != column.TextOf(other))
            {
                return false;
            }
        }

        return one.DecisionId == other.DecisionId;
    }

    public virtual string? TextOf(UsageRow row) => null;

    public virtual long? NumberOf(UsageRow row) => null;

    public virtual void Set(UsageRow row, string value) => throw new NotSupportedException();

    public virtual void Set(UsageRow row, long value) => throw new NotSupportedException();

    private sealed class Text(string name, Func<UsageRow, string?> get, Action<UsageRow, string> set) : UsageColumn(name)
    {
        public override bool IsText => true;

        public override string? TextOf(UsageRow row) => get(row);

        public override void Set(UsageRow row, string value) => set(row, value);
    }

    private sealed class Number(string name, Func<UsageRow, long?> get, Action<UsageRow, long> set) : UsageColumn(name)
    {
        public override bool IsText => false;

        public override long? NumberOf(UsageRow row) => get(row);

        public override void Set(UsageRow row, long value) => set(row, value);
    }
}
