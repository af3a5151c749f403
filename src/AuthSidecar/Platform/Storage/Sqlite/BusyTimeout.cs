using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace AuthSidecar.Platform.Storage.Sqlite;

/// <summary>Lets SQLite wait for another process's write in small steps; the driver itself would sleep 150 ms at a time.</summary>
internal sealed class BusyTimeout : DbConnectionInterceptor
{
    public const string Pragma = "PRAGMA busy_timeout = 1000";

    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragma;
        command.ExecuteNonQuery();
    }

    public override async Task ConnectionOpenedAsync(
        DbConnection connection,
        ConnectionEndEventData eventData,
        CancellationToken cancellationToken = default
    )
    {
        await using var command = connection.CreateCommand();
        command.CommandText = Pragma;
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}
