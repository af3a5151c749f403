using AuthSidecar.Decisions.Text;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace AuthSidecar.Platform.Storage.Sqlite;

/// <summary>Embedded store: one file, shared by the processes of one machine.</summary>
internal sealed class SqliteStore : Store
{
    private const int LockTimeoutSeconds = 5;
    private const int UsageLockTimeoutSeconds = 1;
    private const int Constraint = 19;
    private const int TooBig = 18;
    private const int Mismatch = 20;
    private const int UniqueViolation = 2067;
    private const int PrimaryKeyViolation = 1555;
    private static readonly BusyTimeout _busyTimeout = new();

    // Without statistics of its memory, which nothing reads, SQLite takes no lock for each allocation. Only before its first use.
    private static readonly Lazy<int> _memory = new(() =>
    {
        SQLitePCL.Batteries_V2.Init();
        return SQLitePCL.raw.sqlite3_config(SQLitePCL.raw.SQLITE_CONFIG_MEMSTATUS, 0);
    });

    private readonly string _path;
    private readonly string _connectionString;
    private readonly string _usageConnectionString;
    private readonly PooledDbContextFactory<SqliteDbContext> _contexts;
    private readonly SqliteMigrator _migrator;
    private long _created;

    private SqliteStore(string path, SqliteConnectionStringBuilder connection, TimeProvider time, IEnumerable<IInterceptor> interceptors)
    {
        // Never "create": a missing file must be an error, not an empty store without keys.
        connection.Mode = SqliteOpenMode.ReadWrite;
        connection.ForeignKeys = true;
        connection.DataSource = _path = path;
        if (!connection.ShouldSerialize("Default Timeout"))
        {
            connection.DefaultTimeout = LockTimeoutSeconds;
        }

        _connectionString = connection.ConnectionString;
        _usageConnectionString = new SqliteConnectionStringBuilder(_connectionString)
        {
            DefaultTimeout = UsageLockTimeoutSeconds,
        }.ConnectionString;
        _contexts = new(
            new DbContextOptionsBuilder<SqliteDbContext>()
                .UseSqlite(_connectionString)
                .AddInterceptors([Invalidations, new AuditInterceptor(time), _busyTimeout, .. interceptors])
                .ConfigureWarnings(ModelIsTested)
                .Options
        );
        _migrator = new(path, time);
    }

    /// <param name="options">The connection string.</param>
    /// <param name="dataDirectory">Directory of the default file.</param>
    /// <param name="time">The clock.</param>
    /// <param name="interceptors">Observers of its commands.</param>
    public static SqliteStore For(
        StoreOptions options,
        string dataDirectory,
        TimeProvider time,
        params IEnumerable<IInterceptor> interceptors
    )
    {
        _ = _memory.Value;
        var connection = Parse(options.ConnectionString);
        if (connection.DataSource is "")
        {
            connection.DataSource = Path.Combine(dataDirectory, "authsidecar.db");
        }

        if (connection.DataSource == ":memory:" || connection.Mode == SqliteOpenMode.Memory)
        {
            throw new StoreConfigurationException(
                "Store:ConnectionString names a database in memory, which other connections cannot read."
            );
        }

        return new(Path.GetFullPath(connection.DataSource), connection, time, interceptors);
    }

    public override string Name => _path;

    public override SidecarDbContext Open()
    {
        ClearPoolOfReplacedFile();
        return _contexts.CreateDbContext();
    }

    public override async Task PrepareAsync(CancellationToken cancellationToken) => await MigrateAsync(cancellationToken);

    public override async Task PrepareExistingAsync(CancellationToken cancellationToken)
    {
        await using var context = Open();
        await _migrator.RunExistingAsync(context, cancellationToken);
    }

    public override async Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken)
    {
        await using var context = Open();
        return await _migrator.RunAsync(context, cancellationToken);
    }

    public override bool IsTaken(DbUpdateException exception) =>
        exception.InnerException is SqliteException { SqliteExtendedErrorCode: UniqueViolation or PrimaryKeyViolation };

    public override Task<UsageTransaction> BeginUsageAsync(CancellationToken cancellationToken)
    {
        ClearPoolOfReplacedFile();
        return Task.FromResult<UsageTransaction>(SqliteUsageTransaction.Begin(_usageConnectionString));
    }

    public override bool IsRefusal(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: Constraint or TooBig or Mismatch } || IsDataError(exception);

    public override ValueTask DisposeAsync()
    {
        ClearPool();
        return ValueTask.CompletedTask;
    }

    // Pooled connections would keep reading a file that was removed, or replaced by a restored backup, and miss every revocation from then
    // on.
    private void ClearPoolOfReplacedFile()
    {
        var created = File.GetCreationTimeUtc(_path).Ticks;
        if (Interlocked.Exchange(ref _created, created) != created)
        {
            ClearPool();
        }
    }

    private void ClearPool()
    {
        foreach (var connectionString in new[] { _connectionString, _usageConnectionString })
        {
            using var connection = new SqliteConnection(connectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    private static SqliteConnectionStringBuilder Parse(Secret? connectionString)
    {
        try
        {
            return new(connectionString?.Reveal());
        }
        catch (ArgumentException exception)
        {
            throw new StoreConfigurationException("Store:ConnectionString is not a SQLite connection string.", exception);
        }
    }
}
