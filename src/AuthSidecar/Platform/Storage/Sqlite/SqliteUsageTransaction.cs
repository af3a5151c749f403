using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace AuthSidecar.Platform.Storage.Sqlite;

/// <summary>Usage in one transaction that owns the file's write lock from the start. All calls block the caller's thread.</summary>
internal sealed class SqliteUsageTransaction : UsageTransaction
{
    private static readonly string _findInterception = SqlFile.Read("Sqlite/interception_find.sql");
    private static readonly string _select = SqlFile.Read("Sqlite/usage_select.sql");
    private static readonly string _insert = SqlFile.Read("Sqlite/usage_insert.sql");
    private static readonly string _update = SqlFile.Read("Sqlite/usage_update.sql");
    private static readonly string _addDay = SqlFile.Read("Sqlite/usage_days_add.sql");
    private static readonly string _removeEmptyDay = SqlFile.Read("Sqlite/usage_days_remove_empty.sql");
    private static readonly string _insertObject = SqlFile.Read("Sqlite/billed_objects_insert.sql");
    private static readonly string _selectObject = SqlFile.Read("Sqlite/billed_objects_select.sql");
    private static readonly string _updateObject = SqlFile.Read("Sqlite/billed_objects_update.sql");
    private static readonly string _addSpend = SqlFile.Read("Sqlite/spends_add.sql");

    // In KiB, as a negative number. The pages of a day's sums and of the callers' index do not fit into the default of 2 MiB, and would
    // be read again in every transaction.
    private const int CacheSize = -8192;

    // The same pages of sums change in every transaction, and a checkpoint copies each once.
    private const int PagesOfACheckpoint = 4000;

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly List<SqliteStatement> _statements = [];

    private SqliteUsageTransaction(SqliteConnection connection, SqliteTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

    /// <param name="connectionString">Its timeout says how long to wait for the lock.</param>
    public static SqliteUsageTransaction Begin(string connectionString)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            // FULL: in WAL each commit is on the disk before it returns, also where SQLite was built with another default.
            using (var pragma = connection.CreateCommand())
            {
                pragma.CommandText =
                    $"{BusyTimeout.Pragma}; PRAGMA synchronous = FULL; PRAGMA cache_size = {CacheSize}; "
                    + $"PRAGMA wal_autocheckpoint = {PagesOfACheckpoint}";
                pragma.ExecuteNonQuery();
            }

            return new(connection, connection.BeginTransaction(deferred: false));
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public override SidecarDbContext Open()
    {
        var context = new SqliteDbContext(new DbContextOptionsBuilder<SqliteDbContext>().UseSqlite(_connection).Options);
        context.Database.UseTransaction(_transaction);
        return context;
    }

    // Who has the file's write lock has all locks.
    public override Task<bool> TryLockInterceptionAsync(string id, CancellationToken cancellationToken)
    {
        using var find = new SqliteStatement(_connection, _findInterception);
        find.Bind(0, id);
        return Task.FromResult(find.Read());
    }

    public override Task<List<UsageRow>> InsertAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken)
    {
        var (insert, select) = (Prepare(_insert), Prepare(_select));
        var known = new List<UsageRow>();
        foreach (var row in rows)
        {
            // The decision is usually reported first; later reports mostly find its row.
            var isLikelyNew = (row.Facts & (UsageFacts.Decided | UsageFacts.Abandoned)) != 0;
            if (isLikelyNew && Write(insert, row))
            {
                continue;
            }

            if (Find(select, row.DecisionId) is { } stored)
            {
                known.Add(stored);
            }
            else
            {
                Write(insert, row);
            }
        }

        return Task.FromResult(known);
    }

    public override Task UpdateAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken)
    {
        var update = Prepare(_update);
        foreach (var row in rows)
        {
            Write(update, row);
        }

        return Task.CompletedTask;
    }

    public override Task<List<UsageRow>> LockAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken)
    {
        var select = Prepare(_select);
        return Task.FromResult(ids.Select(id => Find(select, id)).OfType<UsageRow>().ToList());
    }

    public override Task<List<BilledObject>> ClaimAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken)
    {
        var (insert, select) = (Prepare(_insertObject), Prepare(_selectObject));
        var known = new List<BilledObject>();
        foreach (var billed in objects)
        {
            if (Write(insert, billed) == 0)
            {
                known.Add(Find(select, billed));
            }
        }

        return Task.FromResult(known);
    }

    public override Task UpdateAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken)
    {
        var update = Prepare(_updateObject);
        foreach (var billed in objects)
        {
            Write(update, billed);
        }

        return Task.CompletedTask;
    }

    public override Task AddAsync(IReadOnlyList<UsageDay> differences, CancellationToken cancellationToken)
    {
        var (add, remove) = (Prepare(_addDay), Prepare(_removeEmptyDay));
        foreach (var day in differences)
        {
            Bind(add, day);
            add.Bind(
                6,
                day.Requests,
                day.Priced,
                day.InputTokens,
                day.OutputTokens,
                day.CachedReadTokens,
                day.CachedWriteTokens,
                day.ReasoningTokens,
                day.CostMicros
            );
            add.Run();
            if (day.Requests < 0)
            {
                Bind(remove, day);
                remove.Run();
            }
        }

        return Task.CompletedTask;
    }

    public override Task AddAsync(IReadOnlyList<Spend> differences, CancellationToken cancellationToken)
    {
        var add = Prepare(_addSpend);
        foreach (var spend in differences)
        {
            add.Bind(0, spend.Scope.ToStored());
            add.Bind(1, spend.SubjectId);
            add.Bind(2, spend.PeriodId, spend.Micros);
            add.Run();
        }

        return Task.CompletedTask;
    }

    public override Task CommitAsync(CancellationToken cancellationToken)
    {
        _transaction.Commit();
        return Task.CompletedTask;
    }

    public override ValueTask DisposeAsync()
    {
        _statements.ForEach(statement => statement.Dispose());
        _transaction.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private static bool Write(SqliteStatement statement, UsageRow row)
    {
        statement.Bind(0, row.DecisionId);
        for (var index = 0; index < UsageColumn.All.Length; index++)
        {
            var column = UsageColumn.All[index];
            if (column.IsText)
            {
                statement.Bind(index + 1, column.TextOf(row));
            }
            else if (column.NumberOf(row) is { } number)
            {
                statement.Bind(index + 1, number);
            }
        }

        return statement.Run() > 0;
    }

    private static UsageRow? Find(SqliteStatement select, string id)
    {
        select.Bind(0, id);
        UsageRow? row = null;
        if (select.Read())
        {
            row = new UsageRow { DecisionId = id };
            for (var index = 0; index < UsageColumn.All.Length; index++)
            {
                var column = UsageColumn.All[index];
                if (select.IsNull(index))
                {
                    continue;
                }

                if (column.IsText)
                {
                    column.Set(row, select.Text(index));
                }
                else
                {
                    column.Set(row, select.Number(index));
                }
            }
        }

        select.Reset();
        return row;
    }

    private static int Write(SqliteStatement statement, BilledObject billed)
    {
        statement.Bind(0, billed.Provider);
        statement.Bind(1, billed.ObjectId);
        statement.Bind(2, billed.DecisionId);
        statement.Bind(3, billed.MakerId);
        statement.Bind(4, Instant.ToMicroseconds(billed.Time));
        return statement.Run();
    }

    private static BilledObject Find(SqliteStatement select, BilledObject wanted)
    {
        select.Bind(0, wanted.Provider);
        select.Bind(1, wanted.ObjectId);
        select.Read();
        var billed = new BilledObject
        {
            Provider = wanted.Provider,
            ObjectId = wanted.ObjectId,
            DecisionId = select.IsNull(0) ? null : select.Text(0),
            MakerId = select.IsNull(1) ? null : select.Text(1),
            Time = Instant.FromMicroseconds(select.Number(2)),
        };
        select.Reset();
        return billed;
    }

    private static void Bind(SqliteStatement statement, UsageDay day)
    {
        statement.Bind(0, day.Day);
        statement.Bind(1, day.Provider);
        statement.Bind(2, day.Model);
        statement.Bind(3, day.KeyId);
        statement.Bind(4, day.UserId);
        statement.Bind(5, day.Tenant);
    }

    private SqliteStatement Prepare(string text)
    {
        var statement = new SqliteStatement(_connection, text);
        _statements.Add(statement);
        return statement;
    }
}
