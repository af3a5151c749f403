using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>
/// Usage in one transaction, a statement for each step. First all rows are added in order, then those that were there are locked in order,
/// then sums in theirs.
/// </summary>
internal sealed class PostgresUsageTransaction : UsageTransaction
{
    private static readonly string _lockInterception = SqlFile.Read("Postgres/interception_lock.sql");
    private static readonly string _insert = SqlFile.Read("Postgres/usage_insert.sql");
    private static readonly string _lock = SqlFile.Read("Postgres/usage_lock.sql");
    private static readonly string _update = SqlFile.Read("Postgres/usage_update.sql");
    private static readonly string _addDays = SqlFile.Read("Postgres/usage_days_add.sql");
    private static readonly string _removeEmptyDays = SqlFile.Read("Postgres/usage_days_remove_empty.sql");
    private static readonly string _insertObjects = SqlFile.Read("Postgres/billed_objects_insert.sql");
    private static readonly string _lockObjects = SqlFile.Read("Postgres/billed_objects_lock.sql");
    private static readonly string _updateObjects = SqlFile.Read("Postgres/billed_objects_update.sql");
    private static readonly string _addSpends = SqlFile.Read("Postgres/spends_add.sql");

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlTransaction _transaction;

    private PostgresUsageTransaction(NpgsqlConnection connection, NpgsqlTransaction transaction) =>
        (_connection, _transaction) = (connection, transaction);

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
        await using var command = new NpgsqlCommand(_lockInterception, _connection, _transaction) { Parameters = { new() { Value = id } } };
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
        var stored = await LockAsync(known, cancellationToken);
        return stored.Count == known.Length
            ? stored
            : throw new StoreUnavailableException("Rows of usage were removed while they were written.");
    }

    public override Task UpdateAsync(IReadOnlyList<UsageRow> rows, CancellationToken cancellationToken) =>
        ExecuteAsync(_update, cancellationToken, ValuesOf(rows));

    public override Task<List<UsageRow>> LockAsync(IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        ReadAsync(Make(_lock, All(ids, id => id)), RowOf, cancellationToken);

    public override async Task<List<BilledObject>> ClaimAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken)
    {
        var added = await ReadAsync(
            Make(_insertObjects, ValuesOf(objects)),
            stored => (stored.GetString(0), stored.GetString(1)),
            cancellationToken
        );
        var known = objects.ExceptBy(added, billed => (billed.Provider, billed.ObjectId)).ToList();
        if (known.Count == 0)
        {
            return [];
        }

        var stored = await ReadAsync(Make(_lockObjects, ValuesOf(known)[..2]), ObjectOf, cancellationToken);
        return stored.Count == known.Count
            ? stored
            : throw new StoreUnavailableException("Billed objects were removed while they were written.");
    }

    public override Task UpdateAsync(IReadOnlyList<BilledObject> objects, CancellationToken cancellationToken) =>
        ExecuteAsync(_updateObjects, cancellationToken, ValuesOf(objects));

    public override async Task AddAsync(IReadOnlyList<UsageDay> differences, CancellationToken cancellationToken)
    {
        await ExecuteAsync(_addDays, cancellationToken, [.. KeysOf(differences), .. SumsOf(differences)]);
        if (differences.Where(day => day.Requests < 0).ToList() is { Count: > 0 } left)
        {
            await ExecuteAsync(_removeEmptyDays, cancellationToken, KeysOf(left));
        }
    }

    public override Task AddAsync(IReadOnlyList<Spend> differences, CancellationToken cancellationToken) =>
        ExecuteAsync(
            _addSpends,
            cancellationToken,
            All(differences, spend => spend.Scope.ToStored()),
            All(differences, spend => spend.SubjectId),
            All(differences, spend => spend.PeriodId),
            All(differences, spend => spend.Micros)
        );

    public override Task CommitAsync(CancellationToken cancellationToken) => _transaction.CommitAsync(cancellationToken);

    public override async ValueTask DisposeAsync()
    {
        await _transaction.DisposeAsync();
        await _connection.DisposeAsync();
    }

    private static Array[] ValuesOf(IReadOnlyList<UsageRow> rows) =>
        [
            All(rows, row => row.DecisionId),
            .. UsageColumn.All.Select<UsageColumn, Array>(column => column.IsText ? All(rows, column.TextOf) : All(rows, column.NumberOf)),
        ];

    private static Array[] ValuesOf(IReadOnlyList<BilledObject> objects) =>
        [
            All(objects, billed => billed.Provider),
            All(objects, billed => billed.ObjectId),
            All(objects, billed => billed.DecisionId),
            All(objects, billed => billed.MakerId),
            All(objects, billed => Instant.ToMicroseconds(billed.Time)),
        ];

    private static BilledObject ObjectOf(DbDataReader stored) =>
        new()
        {
            Provider = stored.GetString(0),
            ObjectId = stored.GetString(1),
            DecisionId = stored.IsDBNull(2) ? null : stored.GetString(2),
            MakerId = stored.IsDBNull(3) ? null : stored.GetString(3),
            Time = Instant.FromMicroseconds(stored.GetInt64(4)),
        };

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
                column.Set(
                    row,
                    !column.IsFlag ? stored.GetInt64(ordinal)
                        : stored.GetBoolean(ordinal) ? 1
                        : 0
                );
            }
        }

        return row;
    }

    private static Array[] KeysOf(IReadOnlyList<UsageDay> days) =>
        [
            All(days, day => day.Day),
            All(days, day => day.Provider),
            All(days, day => day.Model),
            All(days, day => day.KeyId),
            All(days, day => day.UserId),
            All(days, day => day.Tenant),
        ];

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
#pragma warning disable CA2100 // Embedded files only.
        var command = new NpgsqlCommand(text, _connection, _transaction);
#pragma warning restore CA2100
        foreach (var value in values)
        {
            command.Parameters.Add(new() { Value = value });
        }

        return command;
    }
}
