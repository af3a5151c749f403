using System.Data.Common;
using System.Net.Sockets;
using AuthSidecar.Platform.Storage.Audit;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Npgsql;

namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>PostgreSQL store, shared by replicas.</summary>
internal sealed class PostgresStore : Store
{
    private readonly string _name;
    private readonly NpgsqlDataSource _connections;
    private readonly PooledDbContextFactory<PostgresDbContext> _contexts;

    private PostgresStore(NpgsqlConnectionStringBuilder connection, TimeProvider time, IEnumerable<IInterceptor> interceptors)
    {
        _name = PostgresConnection.Name(connection);
        _connections = new NpgsqlDataSourceBuilder(connection.ConnectionString).Build();
        _contexts = new(
            new DbContextOptionsBuilder<PostgresDbContext>()
                .UseNpgsql(_connections)
                .AddInterceptors([Invalidations, new AuditInterceptor(time), .. interceptors])
                .ConfigureWarnings(ModelIsTested)
                .Options
        );
    }

    /// <param name="options">The connection string.</param>
    /// <param name="time">The clock of the audit trail.</param>
    /// <param name="interceptors">Observers of its commands.</param>
    /// <exception cref="StoreConfigurationException">The connection string is malformed or names no host.</exception>
    public static PostgresStore For(StoreOptions options, TimeProvider time, params IEnumerable<IInterceptor> interceptors) =>
        new(PostgresConnection.Read(options.ConnectionString), time, interceptors);

    public override string Name => _name;

    public override SidecarDbContext Open() => _contexts.CreateDbContext();

    public override async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (await WithContextAsync(PostgresMigrator.PendingAsync, cancellationToken) is { Count: > 0 } pending)
        {
            throw new StoreUnavailableException($"The store at {_name} lacks {string.Join(", ", pending)}: run authsidecar migrate.");
        }
    }

    public override Task<IReadOnlyList<string>> MigrateAsync(CancellationToken cancellationToken) =>
        WithContextAsync(PostgresMigrator.RunAsync, cancellationToken);

    public override bool IsTaken(DbUpdateException exception) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    public override async Task<UsageTransaction> BeginUsageAsync(CancellationToken cancellationToken) =>
        await PostgresUsageTransaction.BeginAsync(_connections, cancellationToken);

    // SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation), and values above a limit of the server.
    public override bool IsRefusal(Exception exception) =>
        exception is PostgresException { SqlState: ['2', '2' or '3', ..] or PostgresErrorCodes.ProgramLimitExceeded }
        || IsDataError(exception);

    // SQLSTATE 57P01, 57P02, 57P05 and class 08 (connection exception), and a connection that ended without any. The pool drops its other
    // connections by itself. A failure to connect has a SocketException and is none.
    public override bool IsConnectionLost(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (
                cause
                is PostgresException
                    {
                        SqlState: PostgresErrorCodes.AdminShutdown
                            or PostgresErrorCodes.CrashShutdown
                            or PostgresErrorCodes.IdleSessionTimeout
                            or ['0', '8', ..]
                    }
                    or NpgsqlException { InnerException: IOException }
            )
            {
                return true;
            }
        }

        return false;
    }

    public override ValueTask DisposeAsync() => _connections.DisposeAsync();

    private async Task<T> WithContextAsync<T>(Func<SidecarDbContext, CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        try
        {
            await using var context = Open();
            return await work(context, cancellationToken);
        }
        catch (Exception exception) when (Cause(exception) is { } cause)
        {
            throw new StoreUnavailableException($"The store at {_name} cannot be used: {cause.Message}", exception);
        }
    }

    // Entity Framework wraps transient errors.
    private static Exception? Cause(Exception exception) =>
        exception switch
        {
            DbException or SocketException or TimeoutException => exception,
            InvalidOperationException { InnerException: { } inner } => Cause(inner),
            _ => null,
        };
}
