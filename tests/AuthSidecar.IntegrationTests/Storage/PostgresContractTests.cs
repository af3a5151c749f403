using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Postgres;
using AuthSidecar.TestSupport;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace AuthSidecar.IntegrationTests.Storage;

/// <summary>The contract on PostgreSQL, and its specifics.</summary>
[Needs("postgres")]
public sealed class PostgresContractTests : StoreContract
{
    private string _database = "";

    private protected override async Task PrepareAsync() => _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

    private protected override Store OpenStore() => Open(_database);

    private protected override async Task<Store> OpenEmptyAsync() => Open(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    [RequiresStoreFact]
    public async Task Migrations_MakeTheTablesThatTheModelMeans()
    {
        var another = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using (var store = Open(another))
        {
            await using var meant = store.Open();
            await meant.Database.EnsureCreatedAsync();
        }

        var schema = await SchemaAsync(_database);
        Assert.Contains("Users.Name text NO C", schema);
        Assert.Equal(await SchemaAsync(another), schema);
    }

    [RequiresStoreFact]
    public async Task ConnectionsThatTheServerEnded_AreReplaced_AndTheReadIsRepeatedOnce()
    {
        await using var store = Open(_database);
        using var reads = new StoreReadLimiter(store, TimeProvider.System);
        Task<int> ReadAsync() =>
            reads.RunAsync("keys", context => context.ApiKeys.CountAsync(CancellationToken.None), CancellationToken.None);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => ReadAsync()));

        const string Terminate =
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        Assert.NotEqual(0L, await PostgresServer.ExecuteAsync(_database, Terminate));
        Assert.Equal(0, await ReadAsync());

        var tries = 0;
        var fault = await Assert.ThrowsAsync<StoreUnavailableException>(() =>
            reads.RunAsync(
                "keys",
                async context =>
                {
                    tries++;
                    await context.Database.OpenConnectionAsync();
                    await PostgresServer.ExecuteAsync(_database, Terminate);
                    return await context.ApiKeys.CountAsync(CancellationToken.None);
                },
                CancellationToken.None
            )
        );
        Assert.Equal(2, tries);
        Assert.True(store.IsConnectionLost(fault));
    }

    [RequiresStoreFact]
    public async Task ManyMigrateAtOnce_OneDoesIt()
    {
        var another = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var stores = Enumerable.Range(0, 8).Select(_ => Open(another)).ToList();

        var applied = await Task.WhenAll(stores.Select(store => Task.Run(() => store.MigrateAsync(CancellationToken.None))));

        await using var design = new PostgresDesign().CreateDbContext([]);
        Assert.Equal(design.Database.GetMigrations(), applied.SelectMany(names => names));
        Assert.Equal(
            0L,
            await PostgresServer.ExecuteAsync(
                another,
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname "
                    + "= current_database())"
            )
        );
        foreach (var store in stores)
        {
            await store.PrepareAsync(CancellationToken.None);
            await store.DisposeAsync();
        }
    }

    [RequiresStoreFact]
    public async Task StoreFromBeforeLines_KeepsKeysBudgetsAndRows()
    {
        var another = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var store = Open(another);
        await using (
            var context = new PostgresDbContext(
                new DbContextOptionsBuilder<PostgresDbContext>()
                    .UseNpgsql(another)
                    .ReplaceService<IMigrationsIdGenerator, MigrationIds>()
                    .Options
            )
        )
        {
            await context.GetService<IMigrator>().MigrateAsync("0002_Usage");
            await context.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO "Users" ("Id", "Name", "Role", "Status", "IsSystem", "CreatedAt", "UpdatedAt") VALUES ('u', 'ada', 'user', 'active', false, 0, 0), ('v', 'Ada', 'user', 'active', false, 1, 0);
                INSERT INTO "ApiKeys" ("Id", "Format", "IsHashImported", "UserId", "Scopes", "Models", "Subject", "CreatedAt") VALUES ('old', 'ask', false, 'u', 'full', '', 'account', 0);
                INSERT INTO "Budgets" ("Scope", "SubjectId", "LimitMicros", "UpdatedAt") VALUES ('key', 'old', 5, 0), ('group', 'g', 7, 0);
                INSERT INTO "Usage" ("DecisionId", "Time", "KeyId", "IsEstimated", "Facts") VALUES ('d', 0, 'old', false, 1);
                """
            );
        }

        Assert.NotEmpty(await store.MigrateAsync(CancellationToken.None));
        await using var made = store.Open();

        Assert.Equal((null, "old"), (await made.ApiKeys.SingleAsync()) is var key ? (key.LineId, key.Line) : default);
        Assert.Equal([5, 7], (await made.Budgets.OrderBy(budget => budget.LimitMicros).ToListAsync()).Select(budget => budget.LimitMicros));
        Assert.Equal([(BudgetScope.Key, "old")], Spend.AccountsOf(await made.Usage.SingleAsync()));

        // Of names that differ only by case, the oldest keeps the key.
        Assert.Equal(["ada", "ada#v"], await made.Users.OrderBy(user => user.Id).Select(user => user.NameKey).ToListAsync());
    }

    [RequiresStoreFact]
    public async Task NotMigrated_IsReportedAndNotMigrated()
    {
        var another = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await using var store = Open(another);

        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PrepareAsync(CancellationToken.None));

        Assert.Contains("run authsidecar migrate", exception.Message, StringComparison.Ordinal);
        Assert.Equal(
            0L,
            await PostgresServer.ExecuteAsync(another, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        );
    }

    [RequiresStoreFact]
    public async Task NewerVersion_IsReported()
    {
        await PostgresServer.ExecuteAsync(_database, """INSERT INTO "__EFMigrationsHistory" VALUES ('9999_Later', '99.0')""");

        var exceptions = await Task.WhenAll(
            Assert.ThrowsAsync<StoreUnavailableException>(() => Store.PrepareAsync(CancellationToken.None)),
            Assert.ThrowsAsync<StoreUnavailableException>(() => Store.MigrateAsync(CancellationToken.None))
        );

        Assert.All(exceptions, exception => Assert.Contains("9999_Later", exception.Message, StringComparison.Ordinal));
    }

    [RequiresStoreFact]
    public async Task WrongPassword_IsAnErrorThatDoesNotShowIt()
    {
        await using var store = Open(_database.Replace(PostgresServer.Password, "another-secret", StringComparison.Ordinal));

        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(() => store.PrepareAsync(CancellationToken.None));

        Assert.Contains("127.0.0.1", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("another-secret", exception.ToString(), StringComparison.Ordinal);
    }

    /// <summary>The second writer waits before it gets its number, so that a number is never visible before a smaller one.</summary>
    [RequiresStoreFact]
    public async Task SecondTransaction_IsNumberedAfterTheFirstHasCommitted()
    {
        await using var first = Store.Open();
        await using var second = Another.Open();
        await using var transaction = await first.Database.BeginTransactionAsync();
        var early = CacheInvalidation.OfKey("early", DateTimeOffset.UnixEpoch);
        first.Invalidations.Add(early);
        await first.SaveChangesAsync();
        var late = CacheInvalidation.OfKey("late", DateTimeOffset.UnixEpoch);
        second.Invalidations.Add(late);

        var saving = second.SaveChangesAsync();
        await Eventually.TrueAsync(async () => await WaitingAsync() == 1, "the second one waits");
        Assert.False(saving.IsCompleted);
        Assert.Empty(await ChangesAsync());
        Assert.Equal(early.Sequence, await PostgresServer.ExecuteAsync(_database, """SELECT last_value FROM "Changes_Sequence_seq" """));
        await transaction.CommitAsync();
        await saving;

        Assert.True(late.Sequence > early.Sequence);
        Assert.Equal(["early", "late"], (await ChangesAsync()).Select(change => change.KeyId));
    }

    [RequiresStoreFact]
    public async Task FirstTransactionIsRolledBack_TheSecondGoesOn()
    {
        await using var first = Store.Open();
        await using var second = Another.Open();
        await using var transaction = await first.Database.BeginTransactionAsync();
        first.Invalidations.Add(CacheInvalidation.OfKey("lost", DateTimeOffset.UnixEpoch));
        await first.SaveChangesAsync();
        second.Invalidations.Add(CacheInvalidation.OfKey("kept", DateTimeOffset.UnixEpoch));
        var saving = second.SaveChangesAsync();
        await Eventually.TrueAsync(async () => await WaitingAsync() == 1, "the second one waits");

        await transaction.RollbackAsync();
        await saving;

        Assert.Equal(["kept"], (await ChangesAsync()).Select(change => change.KeyId));
    }

    private static PostgresStore Open(string connectionString) =>
        PostgresStore.For(new() { Provider = "postgres", ConnectionString = new(connectionString) }, TimeProvider.System);

    private async Task<long> WaitingAsync() =>
        (long)
            (
                await PostgresServer.ExecuteAsync(
                    _database,
                    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND "
                        + "wait_event = 'advisory'"
                )
            )!;

    private static async Task<List<string>> SchemaAsync(string connectionString)
    {
        const string Sql = """
            SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' ' || coalesce(collation_name, '') || CASE is_identity WHEN 'YES' THEN ' identity ' || identity_generation ELSE '' END
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL
            SELECT c.table_name || ' ' || c.constraint_name || ' ' || c.constraint_type || ' '
                || coalesce((SELECT string_agg(k.column_name, ',' ORDER BY k.ordinal_position) FROM information_schema.key_column_usage k WHERE k.constraint_name = c.constraint_name), '')
                || coalesce((SELECT ' ' || r.unique_constraint_name || ' ' || r.delete_rule FROM information_schema.referential_constraints r WHERE r.constraint_name = c.constraint_name), '')
            FROM information_schema.table_constraints c WHERE c.table_schema = 'public' AND c.constraint_type <> 'CHECK'
            UNION ALL
            SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
            ORDER BY 1
            """;
        await using var source = NpgsqlDataSource.Create(connectionString);
        await using var command = source.CreateCommand(Sql);
        await using var reader = await command.ExecuteReaderAsync();
        var lines = new List<string>();
        while (await reader.ReadAsync())
        {
            lines.Add(reader.GetString(0));
        }

        return [.. lines.Where(line => !line.Contains("__EFMigrationsHistory", StringComparison.Ordinal))];
    }
}
