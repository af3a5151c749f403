using AuthSidecar.Platform.Storage;

namespace AuthSidecar.Usage.Pipeline;

/// <summary>Differences of the daily sums and of spend that follow from changed rows.</summary>
internal sealed class UsageSums
{
    private static readonly DateOnly _epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    private readonly Dictionary<DayKey, UsageDay> _days = [];
    private readonly Dictionary<(BudgetScope Scope, string Subject, int PeriodId), Spend> _spends = [];

    /// <summary>In the same order in every replica, which avoids deadlocks.</summary>
    public List<UsageDay> Days =>
        [
            .. _days
                .Where(day =>
                    day.Value
                        is not {
                            Requests: 0,
                            Priced: 0,
                            CostMicros: 0,
                            InputTokens: 0,
                            OutputTokens: 0,
                            CachedReadTokens: 0,
                            CachedWriteTokens: 0,
                            ReasoningTokens: 0
                        }
                )
                .OrderBy(day => day.Key)
                .Select(day => day.Value),
        ];

    /// <summary>In the same order in every replica, which avoids deadlocks.</summary>
    public List<Spend> Spends =>
        [
            .. _spends
                .Values.Where(spend => spend.Micros != 0)
                .OrderBy(spend => spend.Scope)
                .ThenBy(spend => spend.SubjectId, StringComparer.Ordinal)
                .ThenBy(spend => spend.PeriodId),
        ];

    /// <returns>Days since 1970-01-01 (UTC).</returns>
    public static int DayOf(DateTimeOffset time) => DateOnly.FromDateTime(time.UtcDateTime).DayNumber - _epoch.DayNumber;

    /// <param name="before">The row before the change; null: new.</param>
    /// <param name="after">The row after it.</param>
    public void Replace(UsageRow? before, UsageRow after)
    {
        if (before is not null)
        {
            Add(before, -1);
        }

        Add(after, 1);
    }

    /// <summary>Empties it for the next batch; what it returned stays valid.</summary>
    public void Clear()
    {
        _days.Clear();
        _spends.Clear();
    }

    private void Add(UsageRow row, int times)
    {
        var key = DayKey.Of(row);
        if (!_days.TryGetValue(key, out var day))
        {
            _days[key] = day = new()
            {
                Day = key.Day,
                Provider = key.Provider,
                Model = key.Model,
                KeyId = key.KeyId,
                UserId = key.UserId,
                Tenant = key.Tenant,
            };
        }

        day.Requests += times * (row.Requests ?? 1);
        day.Priced += row.CostMicros is null ? 0 : times;
        day.InputTokens += times * (row.InputTokens ?? 0);
        day.OutputTokens += times * (row.OutputTokens ?? 0);
        day.CachedReadTokens += times * (row.CachedReadTokens ?? 0);
        day.CachedWriteTokens += times * (row.CachedWriteTokens ?? 0);
        day.ReasoningTokens += times * (row.ReasoningTokens ?? 0);
        day.CostMicros += times * (row.CostMicros ?? 0);
        if (row.CostMicros is { } cost and > 0)
        {
            foreach (var (scope, subject) in AuthSidecar.Platform.Storage.Spend.AccountsOf(row))
            {
                foreach (var period in BudgetPeriods.All)
                {
                    Spend(scope, subject, period.IdAt(row.Time), times * cost);
                }
            }
        }
    }

    private void Spend(BudgetScope scope, string subject, int periodId, long micros)
    {
        var key = (scope, subject, periodId);
        if (!_spends.TryGetValue(key, out var spend))
        {
            _spends[key] = spend = new()
            {
                Scope = scope,
                SubjectId = subject,
                PeriodId = periodId,
            };
        }

        spend.Micros += micros;
    }

    private readonly record struct DayKey(int Day, string Provider, string Model, string KeyId, string UserId, string Tenant)
        : IComparable<DayKey>
    {
        public static DayKey Of(UsageRow row) =>
            new(DayOf(row.Time), row.Provider ?? "", DayModels.NameOf(row), row.KeyId ?? "", row.UserId ?? "", row.Tenant ?? "");

        public int CompareTo(DayKey other) =>
            Compare(
                Day.CompareTo(other.Day),
                string.CompareOrdinal(Provider, other.Provider),
                string.CompareOrdinal(Model, other.Model),
                string.CompareOrdinal(KeyId, other.KeyId),
                string.CompareOrdinal(UserId, other.UserId),
                string.CompareOrdinal(Tenant, other.Tenant)
            );

        private static int Compare(params ReadOnlySpan<int> orders)
        {
            foreach (var order in orders)
            {
                if (order != 0)
                {
                    return order;
                }
            }

            return 0;
        }
    }
}
