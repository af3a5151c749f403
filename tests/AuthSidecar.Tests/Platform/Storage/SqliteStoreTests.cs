using AuthSidecar.Platform.Storage;
using AuthSidecar.Platform.Storage.Sqlite;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace AuthSidecar.Tests.Platform.Storage;

public sealed class SqliteStoreTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task FirstStart_MakesAFileThatOnlyItsUserCanRead()
    {
        await using var store = await OpenAsync();

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(_directory["data/authsidecar.db"]));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(_directory["data"]));
    }

    [Fact]
    public async Task Connections_HaveTheSettingsThatTheStoreReliesOn()
    {
        await using var store = await OpenAsync();
        await using var context = store.Open();

        Assert.Equal(
            "wal",
            await context.Database.SqlQueryRaw<string>("SELECT journal_mode AS Value FROM pragma_journal_mode").SingleAsync()
        );
        Assert.Equal(1, await context.Database.SqlQueryRaw<int>("SELECT foreign_keys AS Value FROM pragma_foreign_keys").SingleAsync());
        Assert.Equal(1000, await context.Database.SqlQueryRaw<int>("SELECT timeout AS Value FROM pragma_busy_timeout").SingleAsync());
    }

    [Fact]
    public async Task Migrations_MakeTheTablesThatTheModelMeans()
    {
        await using var migrated = await OpenAsync();
        var meant = new SqliteDbContext(
            new DbContextOptionsBuilder<SqliteDbContext>().UseSqlite($"Data Source={_directory["meant.db"]};Pooling=False").Options
        );
        await meant.Database.EnsureCreatedAsync();
        await using var made = migrated.Open();

        var schema = await SchemaAsync(made);
        Assert.Contains("Users.Name TEXT 1 0", schema);
        Assert.Equal(await SchemaAsync(meant), schema);
        await meant.DisposeAsync();
    }

    [Fact]
    public async Task StoreFromBeforeLines_KeepsKeysBudgetsAndRows()
    {
        Directory.CreateDirectory(_directory["data"]);
        var options = new DbContextOptionsBuilder<SqliteDbContext>()
            .UseSqlite($"Data Source={_directory["data/authsidecar.db"]};Pooling=False")
            .ReplaceService<IMigrationsIdGenerator, MigrationIds>()
            .Options;
        await using (var context = new SqliteDbContext(options))
        {
            await context.GetService<IMigrator>().MigrateAsync("0003_Usage");
            await context.Database.ExecuteSqlRawAsync(
                """
                INSERT INTO "Users" ("Id", "Name", "Role", "Status", "IsSystem", "CreatedAt", "UpdatedAt") VALUES ('u', 'ada', 'user', 'active', 0, 0, 0), ('v', 'Ada', 'user', 'active', 0, 1, 0);
                INSERT INTO "ApiKeys" ("Id", "Format", "IsHashImported", "UserId", "Scopes", "Models", "Subject", "CreatedAt") VALUES ('old', 'ask', 0, 'u', 'full', '', 'account', 0);
                INSERT INTO "Budgets" VALUES ('key', 'old', 5, 0), ('group', 'g', 7, 0);
                INSERT INTO "Spends" VALUES ('key', 'old', 202601, 3);
                INSERT INTO "Usage" ("DecisionId", "Time", "KeyId", "IsEstimated", "Facts") VALUES ('d', 0, 'old', 0, 1);
                """
            );
        }

        await using var store = await OpenAsync();
        await using var made = store.Open();

        Assert.Equal((null, "old"), (await made.ApiKeys.SingleAsync()) is var key ? (key.LineId, key.Line) : default);
        Assert.Equal([5, 7], (await made.Budgets.OrderBy(budget => budget.LimitMicros).ToListAsync()).Select(budget => budget.LimitMicros));
        Assert.Equal([(BudgetScope.Key, "old")], Spend.AccountsOf(await made.Usage.SingleAsync()));

        // Of names that differ only by case, the oldest keeps the key.
        Assert.Equal(["ada", "ada#v"], await made.Users.OrderBy(user => user.Id).Select(user => user.NameKey).ToListAsync());
    }

    [Fact]
    public async Task ManyStartAtOnce_AllFindAWholeStore()
    {
        var stores = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => OpenAsync())));

        foreach (var store in stores)
        {
            await using var context = store.Open();
            Assert.Empty(await context.Users.ToListAsync());
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task KilledWhileMigrating_LeavesALockThatIsIgnored()
    {
        Directory.CreateDirectory(_directory["data"]);
        Execute(
            """CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-01-01')"""
        );

        await using var store = await OpenAsync().WaitAsync(TimeSpan.FromSeconds(20));

        await using var context = store.Open();
        Assert.Empty(await context.Users.ToListAsync());
    }

    [Fact]
    public async Task NewerVersion_IsNamedInTheError()
    {
        await (await OpenAsync()).DisposeAsync();
        Execute("""INSERT INTO "__EFMigrationsHistory" VALUES ('9999_Later', '99.0')""");

        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(OpenAsync);

        Assert.Contains("newer version", exception.Message, StringComparison.Ordinal);
        Assert.Contains("9999_Later", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task NotADatabase_IsReportedAndUnchanged()
    {
        Directory.CreateDirectory(_directory["data"]);
        var text = new string('x', 4096);
        await File.WriteAllTextAsync(_directory["data/authsidecar.db"], text);

        var exception = await Assert.ThrowsAsync<StoreUnavailableException>(OpenAsync);

        Assert.Contains("not a database", exception.Message, StringComparison.Ordinal);
        Assert.Equal(text, await File.ReadAllTextAsync(_directory["data/authsidecar.db"]));
    }

    [Fact]
    public async Task VanishedFile_IsNotRecreated()
    {
        await using var store = await OpenAsync();
        await store.DisposeAsync();
        File.Delete(_directory["data/authsidecar.db"]);

        await using var context = store.Open();

        await Assert.ThrowsAsync<SqliteException>(() => context.Users.ToListAsync());
        Assert.False(File.Exists(_directory["data/authsidecar.db"]));
    }

    [Fact]
    public async Task ConnectionStringNamesAFile_UsesIt()
    {
        var options = new StoreOptions { ConnectionString = new($"Data Source={_directory["elsewhere/keys.db"]}") };

        await using var store = SqliteStore.For(options, _directory["data"], TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);

        Assert.True(File.Exists(_directory["elsewhere/keys.db"]));
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=x;Mode=Memory")]
    [InlineData("Host=db;Nonsense=1")]
    public void InvalidConnectionString_IsAConfigurationError(string connectionString)
    {
        var options = new StoreOptions { ConnectionString = new(connectionString) };

        Assert.Throws<StoreConfigurationException>(() => SqliteStore.For(options, _directory["data"], TimeProvider.System));
    }

    [Fact]
    public async Task Times_ReadBackAsWritten()
    {
        await using var store = await OpenAsync();
        var written = Instant.Truncate(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(2)).AddTicks(1_234_567));
        await using (var context = store.Open())
        {
            context.Users.Add(
                new()
                {
                    Id = "a",
                    Name = "a",
                    CreatedAt = written,
                    UpdatedAt = DateTimeOffset.UnixEpoch.AddTicks(-10),
                }
            );
            await context.SaveChangesAsync();
        }

        await using var another = store.Open();
        var read = await another.Users.SingleAsync();

        Assert.Equal((written, DateTimeOffset.UnixEpoch.AddTicks(-10)), (read.CreatedAt, read.UpdatedAt));
        Assert.Equal(1_234_560, read.CreatedAt.Ticks % TimeSpan.TicksPerSecond);
    }

    private static async Task<List<string>> SchemaAsync(SidecarDbContext context) =>
        await context
            .Database.SqlQueryRaw<string>(
                """
                SELECT t.name || '.' || c.name || ' ' || c.type || ' ' || c."notnull" || ' ' || c.pk AS Value
                FROM sqlite_master t JOIN pragma_table_info(t.name) c
                WHERE t.type = 'table' AND t.name NOT LIKE '\_\_EF%' ESCAPE '\'
                UNION ALL
                SELECT t.name || ' -> ' || f."table" || ' ' || f."from" || ' ' || f."to" || ' ' || f.on_delete
                FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) f
                WHERE t.type = 'table'
                UNION ALL
                SELECT 'index ' || name || ' ' || sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL
                UNION ALL
                SELECT 'sequence ' || name FROM sqlite_master WHERE sql LIKE '%AUTOINCREMENT%'
                ORDER BY 1
                """
            )
            .ToListAsync();

    private async Task<SqliteStore> OpenAsync()
    {
        var store = SqliteStore.For(new(), _directory["data"], TimeProvider.System);
        await store.PrepareAsync(CancellationToken.None);
        return store;
    }

    private void Execute(string sql)
    {
        using var connection = new SqliteConnection($"Data Source={_directory["data/authsidecar.db"]};Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
