using System.Globalization;
using Microsoft.Data.Sqlite;

namespace AuthSidecar.Storage.Sqlite;

/// <summary>Usage in one transaction that owns the file's write lock from the start. Nothing in it is asynchronous: whoever calls it brings a thread.</summary>
internal sealed class SqliteUsageTransaction : UsageTransaction
{
    private static readonly string _columns = string.Join(", ", UsageColumn.All.Select(column => $"\"{column.Name}\""));
    private static readonly string _select = $"""SELECT "DecisionId", {_columns} FROM "Usage" WHERE "DecisionId" = $0""";
    private static readonly string _insert =
        $"""INSERT INTO "Usage" ("DecisionId", {_columns}) VALUES ({Parameters(UsageColumn.All.Count + 1)}) ON CONFLICT DO NOTHING""";

    private static readonly string _update =
        $"""UPDATE "Usage" SET {string.Join(", ", UsageColumn.All.Select((column, index) => $"\"{column.Name}\" = ${index + 1}"))} WHERE "DecisionId" = $0""";

    private const string AddDay = """
        INSERT INTO "UsageDays" ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant", "Requests", "Priced", "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens", "ReasoningTokens", "CostMicros")
        VALUES ($0, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant") DO UPDATE SET
            "Requests" = "Requests" + excluded."Requests", "Priced" = "Priced" + excluded."Priced",
            "InputTokens" = "InputTokens" + excluded."InputTokens", "OutputTokens" = "OutputTokens" + excluded."OutputTokens",
            "CachedReadTokens" = "CachedReadTokens" + excluded."CachedReadTokens", "CachedWriteTokens" = "CachedWriteTokens" + excluded."CachedWriteTokens",
            "ReasoningTokens" = "ReasoningTokens" + excluded."ReasoningTokens", "CostMicros" = "CostMicros" + excluded."CostMicros"
        """;

    private const string RemoveEmptyDay = """
        DELETE FROM "UsageDays" WHERE "Day" = $0 AND "Provider" = $1 AND "Model" = $2 AND "KeyId" = $3 AND "UserId" = $4 AND "Tenant" = $5 AND "Requests" = 0
        """;

    private const string AddSpend = """
        INSERT INTO "Spends" ("Scope", "SubjectId", "Month", "Micros") VALUES ($0, $1, $2, $3)
        ON CONFLICT ("Scope", "SubjectId", "Month") DO UPDATE SET "Micros" = "Micros" + excluded."Micros"
        """;

    private readonly SqliteConnection _connection;
    private readonly SqliteTransaction _transaction;
    private readonly List<SqliteCommand> _commands = [];

    private SqliteUsageTransaction(SqliteConnection connection, SqliteTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    /// <param name="connectionString">Its timeout says how long to wait for the lock.</param>
    public static SqliteUsageTransaction Begin(string connectionString)
    {
        var connection = new SqliteConnection(connectionString);
        try
        {
            connection.Open();
            using (var pragma = connection.CreateCommand())
            {
                pragma.CommandText = BusyTimeout.Pragma;
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

    public override Task<List<UsageRow>> InsertAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken)
    {
        var (insert, select) = (Prepare(_insert, UsageColumn.All.Count + 1), Prepare(_select, 1));
        var known = new List<UsageRow>();
        foreach (var row in rows)
        {
            // The decision is told of first; whatever else is told of mostly finds its row there.
            var isLikelyNew = row.Facts.HasFlag(UsageFacts.Decided);
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
        var update = Prepare(_update, UsageColumn.All.Count + 1);
        foreach (var row in rows)
        {
            Write(update, row);
        }

        return Task.CompletedTask;
    }

    public override Task AddAsync(IReadOnlyList<UsageDay> differences, CancellationToken cancellationToken)
    {
        var (add, remove) = (Prepare(AddDay, 14), Prepare(RemoveEmptyDay, 6));
        foreach (var day in differences)
        {
            Execute(add, day.Day, day.Provider, day.Model, day.KeyId, day.UserId, day.Tenant, day.Requests, day.Priced, day.InputTokens, day.OutputTokens, day.CachedReadTokens, day.CachedWriteTokens, day.ReasoningTokens, day.CostMicros);
            if (day.Requests < 0)
            {
                Execute(remove, day.Day, day.Provider, day.Model, day.KeyId, day.UserId, day.Tenant);
            }
        }

        return Task.CompletedTask;
    }

    public override Task AddAsync(IReadOnlyList<Spend> differences, CancellationToken cancellationToken)
    {
        var add = Prepare(AddSpend, 4);
        foreach (var spend in differences)
        {
            Execute(add, spend.Scope.ToString().ToLowerInvariant(), spend.SubjectId, spend.Month, spend.Micros);
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
        _commands.ForEach(command => command.Dispose());
        _transaction.Dispose();
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string Parameters(int count) => string.Join(", ", Enumerable.Range(0, count).Select(index => string.Create(CultureInfo.InvariantCulture, $"${index}")));

    private static bool Write(SqliteCommand command, UsageRow row)
    {
        command.Parameters[0].Value = row.DecisionId;
        for (var index = 0; index < UsageColumn.All.Count; index++)
        {
            command.Parameters[index + 1].Value = UsageColumn.All[index].Read(row) ?? DBNull.Value;
        }

        return command.ExecuteNonQuery() > 0;
    }

    private static UsageRow? Find(SqliteCommand select, string id)
    {
        select.Parameters[0].Value = id;
        using var stored = select.ExecuteReader();
        return stored.Read() ? UsageColumn.RowOf(stored) : null;
    }

    private static void Execute(SqliteCommand command, params ReadOnlySpan<object> values)
    {
        for (var index = 0; index < values.Length; index++)
        {
            command.Parameters[index].Value = values[index];
        }

        command.ExecuteNonQuery();
    }

    private SqliteCommand Prepare(string text, int parameters)
    {
        var command = _connection.CreateCommand();
        _commands.Add(command);
        command.Transaction = _transaction;
#pragma warning disable CA2100 // Made of names of columns only.
        command.CommandText = text;
#pragma warning restore CA2100
        for (var index = 0; index < parameters; index++)
        {
            command.Parameters.Add(new SqliteParameter(string.Create(CultureInfo.InvariantCulture, $"${index}"), DBNull.Value));
        }

        command.Prepare();
        return command;
    }
}
