using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace AuthSidecar.Platform.Storage.Sqlite;

/// <summary>
/// A prepared statement for frequent use. The driver's commands cost about as much for each value as SQLite for the whole row.
/// </summary>
internal sealed class SqliteStatement : IDisposable
{
    private const int BytesOnStack = 512;

    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    public SqliteStatement(SqliteConnection connection, string text)
    {
        _database = connection.Handle!;
        Check(raw.sqlite3_prepare_v2(_database, text, out _statement));
    }

    /// <param name="index">Index of the parameter, from 0.</param>
    /// <param name="value">Null: the parameter stays null, as all are after a run.</param>
    public void Bind(int index, string? value)
    {
        if (value is null)
        {
            return;
        }

        if (value.Length is 0 or > BytesOnStack / 3)
        {
            Check(raw.sqlite3_bind_text(_statement, index + 1, value));
            return;
        }

        Span<byte> bytes = stackalloc byte[BytesOnStack];
        Check(raw.sqlite3_bind_text(_statement, index + 1, bytes[..Encoding.UTF8.GetBytes(value, bytes)]));
    }

    /// <param name="index">Index of the first parameter, from 0.</param>
    /// <param name="values">Values of the parameters from there.</param>
    public void Bind(int index, params ReadOnlySpan<long> values)
    {
        foreach (var value in values)
        {
            Check(raw.sqlite3_bind_int64(_statement, ++index, value));
        }
    }

    /// <summary>Runs a statement without result rows.</summary>
    /// <returns>Number of changed rows.</returns>
    public int Run()
    {
        Read();
        var changes = raw.sqlite3_changes(_database);
        Reset();
        return changes;
    }

    /// <returns>False when there is no row.</returns>
    public bool Read()
    {
        var result = raw.sqlite3_step(_statement);
        if (result is raw.SQLITE_ROW or raw.SQLITE_DONE)
        {
            return result == raw.SQLITE_ROW;
        }

        try
        {
            SqliteException.ThrowExceptionForRC(result, _database);
            return false;
        }
        finally
        {
            Reset();
        }
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long Number(int column) => raw.sqlite3_column_int64(_statement, column);

    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string();

    /// <summary>Prepares the next run, with all parameters null.</summary>
    public void Reset()
    {
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
    }

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);
}
