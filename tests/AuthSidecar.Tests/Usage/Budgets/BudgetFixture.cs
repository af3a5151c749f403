using AuthSidecar.Platform.Redis;
using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using AuthSidecar.Tests.Platform.Storage;
using AuthSidecar.TestSupport;
using AuthSidecar.Usage.Budgets;
using AuthSidecar.Usage.Pipeline;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace AuthSidecar.Tests.Usage.Budgets;

/// <summary>Replicas that share one store, and optionally Redis, and reserve and settle as sidecars do. A token costs one micro.</summary>
internal sealed class BudgetFixture : IAsyncDisposable
{
    public const string User = "ada";
    public const string Other = "bob";
    public const string Group = "staff";
    public const string Key = "key";
    public const string Policy = "openai";

    private readonly TemporaryDirectory _directory = new();
    private readonly List<Replica> _replicas = [];

    private BudgetFixture() => Store = Open();

    /// <summary>The last day of a month, an hour before its end.</summary>
    public FakeTimeProvider Time { get; } = new(new(2026, 1, 31, 23, 0, 0, TimeSpan.Zero));

    public SqliteStore Store { get; }

    /// <param name="user">Limit of <see cref="User"/>.</param>
    /// <param name="key">Limit of <see cref="Key"/>.</param>
    /// <param name="shared">Limit of <see cref="Group"/>, shared by <see cref="User"/> and <see cref="Other"/>.</param>
    public static async Task<BudgetFixture> StartAsync(long? user = null, long? key = null, long? shared = null)
    {
        var fixture = new BudgetFixture();
        await fixture.Store.PrepareAsync(CancellationToken.None);
        await using var context = fixture.Store.Open();
        foreach (
            var (scope, id, limit) in new[]
            {
                (BudgetScope.User, User, user),
                (BudgetScope.Key, Key, key),
                (BudgetScope.Shared, Group, shared),
            }
        )
        {
            if (limit is { } micros)
            {
                context.Budgets.Add(
                    new()
                    {
                        Scope = scope,
                        SubjectId = id,
                        LimitMicros = micros,
                    }
                );
            }
        }

        context.Groups.Add(new() { Id = Group });
        foreach (var id in new[] { User, Other })
        {
            context.Users.Add(new() { Id = id, Name = id });
            context.GroupMembers.Add(new() { GroupId = Group, UserId = id });
        }

        await context.SaveChangesAsync();
        return fixture;
    }

    public async Task SetAsync(BudgetPeriod period, long limit, BudgetScope scope = BudgetScope.User, string id = User)
    {
        await using var context = Store.Open();
        context.Budgets.Add(
            new()
            {
                Scope = scope,
                SubjectId = id,
                Period = period,
                LimitMicros = limit,
            }
        );
        await context.SaveChangesAsync();
    }

    public Replica AddReplica(RedisConnection? redis = null, TimeSpan? patience = null)
    {
        var replica = new Replica(Open(), Time, redis, patience ?? TimeSpan.FromMinutes(1));
        _replicas.Add(replica);
        return replica;
    }

    public async Task<long> SpentAsync(BudgetScope scope = BudgetScope.User, int periodId = 202601)
    {
        await using var context = Store.Open();
        return context.Spends.Where(spend => spend.Scope == scope && spend.PeriodId == periodId).Sum(spend => spend.Micros);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
        {
            await replica.DisposeAsync();
        }

        await Store.DisposeAsync();
        _directory.Dispose();
    }

    private SqliteStore Open() => SqliteStore.For(new(), _directory.Path, TimeProvider.System);

    internal sealed class Replica : IAsyncDisposable
    {
        private readonly SqliteStore _store;
        private readonly BudgetReader _reader;
        private readonly UsageRepository _tables;
        private readonly TimeProvider _time;

        public Replica(SqliteStore store, TimeProvider time, RedisConnection? redis, TimeSpan patience)
        {
            (_store, _time) = (store, time);
            _reader = new(store, time);
            _tables = new(store, row => row.Facts.HasFlag(UsageFacts.HasUsage) ? row.InputTokens : null, row => row.SeenOutputTokens);
            Accounts = new(time);
            Estimates = new(time);
            Cache = new(new() { VerdictTtl = TimeSpan.FromHours(2) }, time, new(new TestMeters()), _reader, Accounts);
            if (redis is not null)
            {
                Script = new(redis, () => (time.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond);
                Breaker = new([Script.DrawTicketAsync], TimeProvider.System, new RecordingLogger<RedisCircuitBreaker>(), patience);
                Registry = new(redis, TimeProvider.System, NullLogger<ReplicaRegistry>.Instance);
                Shared = new(Accounts, Script, _reader, Breaker, Registry, TimeProvider.System, Log);
            }

            Ledger = new(Accounts, Estimates, _reader, time, Shared);
        }

        public BudgetAccounts Accounts { get; }

        public CostEstimates Estimates { get; }

        public BudgetCache Cache { get; }

        public BudgetLedger Ledger { get; }

        public ReplicaRegistry? Registry { get; }

        public RedisCircuitBreaker? Breaker { get; }

        public BudgetScript? Script { get; }

        public SharedBudgets? Shared { get; }

        public RecordingLogger<SharedBudgets> Log { get; } = new();

        /// <summary>As Check's steps do.</summary>
        public async Task<BudgetSnapshot> FindAsync(string? user = User, string? key = Key) =>
            Cache.Find(new(user, key), _time.GetTimestamp())?.Result ?? await Cache.ReadAsync(new(user, key), CancellationToken.None);

        /// <summary>As Check's steps do.</summary>
        public async Task<ReserveVerdict> ReserveAsync(string decisionId, string? user = User, string? key = Key)
        {
            var budget = await FindAsync(user, key);
            return budget.Exceeded is not null
                ? ReserveVerdict.Spent
                : (await Ledger.ReserveAsync(decisionId, budget, Policy, user ?? key ?? "", 0, CancellationToken.None)).Verdict;
        }

        public async Task ReleaseAsync(string decisionId) => Ledger.Release(decisionId, await FindAsync());

        /// <summary>Writes all reports of an admitted request, and settles it.</summary>
        /// <param name="decisionId">The request.</param>
        /// <param name="tokens">Its actual cost; null: no usage was observed.</param>
        /// <param name="reserved">Its reservation.</param>
        /// <param name="sharedBudgets">Groups whose shared budgets it was reserved in.</param>
        public Task EndAsync(string decisionId, long? tokens, long reserved = CostEstimates.DefaultMicros, string? sharedBudgets = null) =>
            WriteAsync(Decided(decisionId, reserved, sharedBudgets), Observed(decisionId, tokens));

        public UsageReport Observed(string decisionId, long? tokens) =>
            new()
            {
                DecisionId = decisionId,
                Time = _time.GetUtcNow(),
                InputTokens = tokens,
                Facts =
                    UsageFacts.Observed | UsageFacts.Ended | UsageFacts.SawEnd | (tokens is null ? UsageFacts.None : UsageFacts.HasUsage),
            };

        public UsageReport Decided(string decisionId, long? reserved, string? sharedBudgets = null) =>
            new()
            {
                DecisionId = decisionId,
                Time = _time.GetUtcNow(),
                UserId = User,
                SharedBudgets = sharedBudgets,
                KeyId = Key,
                Policy = Policy,
                Provider = "openai",
                Decision = "allow",
                ReservedMicros = reserved,
                Facts = UsageFacts.Decided,
            };

        public async Task WriteAsync(params UsageReport[] parts) =>
            await Ledger.SettleAsync(await CommitAsync(parts), CancellationToken.None);

        /// <returns>The settlements for the ledger.</returns>
        public async Task<IReadOnlyList<SettledUsage>> CommitAsync(params UsageReport[] parts)
        {
            while (true)
            {
                try
                {
                    return (await _tables.WriteAsync(parts, CancellationToken.None)).Settled();
                }
                catch (Microsoft.Data.Sqlite.SqliteException exception) when (exception.SqliteErrorCode == 5)
                {
                    // Busy: the writer retries too.
                }
            }
        }

        public async ValueTask DisposeAsync()
        {
            if (Breaker is not null)
            {
                await Breaker.DisposeAsync();
            }

            _reader.Dispose();
            await _store.DisposeAsync();
        }
    }
}
