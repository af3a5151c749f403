using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AuthSidecar.Storage.Postgres;

/// <summary>Usage in one transaction, a statement for each step. First all rows are added in order, then those that were there are locked in order, then sums in theirs.</summary>
internal sealed class PostgresUsageTransaction : UsageTransaction
{
    private static readonly string _columns = string.Join(", ", UsageColumn.All.Select(column => $"\"{column.Name}\""));
    private static readonly string _told = string.Join(", ", UsageColumn.All.Select(Told));
    private static readonly string _values = $"unnest({string.Join(", ", Enumerable.Range(1, UsageColumn.All.Length + 1).Select(number => $"${number}"))}) AS told (\"DecisionId\", {_columns})";
    private static readonly string _insert =
        $"""INSERT INTO "Usage" ("DecisionId", {_columns}) SELECT told."DecisionId", {_told} FROM {_values} ORDER BY told."DecisionId" COLLATE "C" ON CONFLICT DO NOTHING RETURNING "DecisionId" """;

    private static readonly string _lock = $"""SELECT "DecisionId", {_columns} FROM "Usage" WHERE "DecisionId" = ANY ($1) ORDER BY "DecisionId" FOR UPDATE""";
    private static readonly string _update =
        $"""UPDATE "Usage" AS known SET {string.Join(", ", UsageColumn.All.Select(column => $"\"{column.Name}\" = {Told(column)}"))} FROM {_values} WHERE known."DecisionId" = told."DecisionId" """;

    private const string AddDays = """
        INSERT INTO "UsageDays" AS known ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant", "Requests", "Priced", "InputTokens", "OutputTokens", "CachedReadTokens", "CachedWriteTokens", "ReasoningTokens", "CostMicros")
        SELECT a, b, c, d, e, f, g, h, i, j, k, l, m, n
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) WITH ORDINALITY AS told (a, b, c, d, e, f, g, h, i, j, k, l, m, n, "Order") ORDER BY "Order"
        ON CONFLICT ("Day", "Provider", "Model", "KeyId", "UserId", "Tenant") DO UPDATE SET
            "Requests" = known."Requests" + excluded."Requests", "Priced" = known."Priced" + excluded."Priced",
            "InputTokens" = known."InputTokens" + excluded."InputTokens", "OutputTokens" = known."OutputTokens" + excluded."OutputTokens",
            "CachedReadTokens" = known."CachedReadTokens" + excluded."CachedReadTokens", "CachedWriteTokens" = known."CachedWriteTokens" + excluded."CachedWriteTokens",
            "ReasoningTokens" = known."ReasoningTokens" + excluded."ReasoningTokens", "CostMicros" = known."CostMicros" + excluded."CostMicros"
        """;

    private const string RemoveEmptyDays = """
        DELETE FROM "UsageDays" AS known USING unnest($1, $2, $3, $4, $5, $6) AS told (a, b, c, d, e, f)
        WHERE "Day" = a AND "Provider" = b AND "Model" = c AND "KeyId" = d AND "UserId" = e AND "Tenant" = f AND "Requests" = 0
        """;

    private const string AddSpends = """
        INSERT INTO "Spends" AS known ("Scope", "SubjectId", "Month", "Micros")
        SELECT a, b, c, d FROM unnest($1, $2, $3, $4) WITH ORDINALITY AS told (a, b, c, d, "Order") ORDER BY "Order"
        ON CONFLICT ("Scope", "SubjectId", "Month") DO UPDATE SET "Micros" = known."Micros" + excluded."Micros"
        """;

    private const string LockInterception = """SELECT 1 FROM "Interceptions" WHERE "Id" = $1 FOR UPDATE""";

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private PostgresUsageTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) => (_connection, _transaction) = (connection, transaction);

    public static async Task<PostgresUsageTransaction> BeginAsync(NpgsqlDataSource connections, CancellationToken cancellationToken)
    {
        var connection = await connections.OpenConnectionAsync(cancellationToken);
        try
        {
            return new(connection, await connection.BeginTransactionAsync(cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public override SidecarDbContext Open()
    {
        var context = new PostgresDbContext(new DbContextOptionsBuilder<PostgresDbContext>().UseNpgsql(_connection).Options);
        context.Database.UseTransaction(_transaction);
        return context;
    }

    public override async Task<bool> TryLockInterceptionAsync(string id, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(LockInterception, _connection, _transaction) { Parameters = { new() { Value = id } } };
        return await command.ExecuteScalarAsync(cancellationToken) is not null;
    }

    public override async Task<List<UsageRow>> InsertAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken)
    {
        var added = await ReadAsync(Make(_insert, ValuesOf(rows)), stored => stored.GetString(0), cancellationToken);
        if (added.Count == rows.Count)
        {
            return [];
        }

        string[] known = [.. rows.Select(row => row.DecisionId).Except(added)];
        var stored = await ReadAsync(Make(_lock, known), RowOf, cancellationToken);
        return stored.Count == known.Length
            ? stored
            : throw new StoreUnavailableException("Rows of usage were removed while they were written.");
    }

    public override Task UpdateAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken) => ExecuteAsync(_update, cancellationToken, ValuesOf(rows));

    public override async Task AddAsync(IReadOnlyList<UsageDay> differences, CancellationToken cancellationToken)
    {
        await ExecuteAsync(AddDays, cancellationToken, [.. KeysOf(differences), .. SumsOf(differences)]);
        if (differences.Where(day => day.Requests < 0).ToList() is { Count: > 0 } left)
        {
            await ExecuteAsync(RemoveEmptyDays, cancellationToken, KeysOf(left));
        }
    }

    public override Task AddAsync(IReadOnlyList<Spend> differences, CancellationToken cancellationToken) => ExecuteAsync(
        AddSpends,
        cancellationToken,
        All(differences, spend => spend.Scope.ToString().ToLowerInvariant()),
        All(differences, spend => spend.SubjectId),
        All(differences, spend => spend.Month),
        All(differences, spend => spend.Micros));

    public override Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static Array[] ValuesOf(IReadOnlyList<UsageRow> rows) => [All(rows, row => row.DecisionId), .. UsageColumn.All.Select<UsageColumn, Array>(column => column.IsText ? All(rows, column.TextOf) : All(rows, column.NumberOf))];

    private static string Told(UsageColumn column) => column.IsFlag ? $"told.\"{column.Name}\" <> 0" : $"told.\"{column.Name}\"";

    private static UsageRow RowOf(DbDataReader stored)
    {
        var row = new UsageRow { DecisionId = stored.GetString(0) };
        for (var index = 0; index < UsageColumn.All.Length; index++)
        {
            var (column, ordinal) = (UsageColumn.All[index], index + 1);
            if (stored.IsDBNull(ordinal))
            {
                continue;
            }

            if (column.IsText)
            {
                column.Set(row, stored.GetString(ordinal));
            }
            else
            {
                column.Set(row, !column.IsFlag ? stored.GetInt64(ordinal) : stored.GetBoolean(ordinal) ? 1 : 0);
            }
        }

        return row;
    }

    private static Array[] KeysOf(IReadOnlyList<UsageDay> days) =>
        [All(days, day => day.Day), All(days, day => day.Provider), All(days, day => day.Model), All(days, day => day.KeyId), All(days, day => day.UserId), All(days, day => day.Tenant)];

    private static Array[] SumsOf(IReadOnlyList<UsageDay> days) =>
    [
        All(days, day => day.Requests),
        All(days, day => day.Priced),
        All(days, day => day.InputTokens),
        All(days, day => day.OutputTokens),
        All(days, day => day.CachedReadTokens),
        All(days, day => day.CachedWriteTokens),
        All(days, day => day.ReasoningTokens),
        All(days, day => day.CostMicros),
    ];

    private static T[] All<TItem, T>(IReadOnlyList<TItem> items, Func<TItem, T> value) => [.. items.Select(value)];

    private static async Task<List<T>> ReadAsync<T>(NpgsqlCommand command, Func<DbDataReader, T> read, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var stored = await command.ExecuteReaderAsync(cancellationToken);
            var list = new List<T>();
            while (await stored.ReadAsync(cancellationToken))
            {
                list.Add(read(stored));
            }

            return list;
        }
    }

    private async Task ExecuteAsync(string text, CancellationToken cancellationToken, params Array[] values)
    {
        await using var command = Make(text, values);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private NpgsqlCommand Make(string text, params Array[] values)
    {
#pragma warning disable CA2100 // Made of names of columns only.
        var command = new NpgsqlCommand(text, _connection, _transaction);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
