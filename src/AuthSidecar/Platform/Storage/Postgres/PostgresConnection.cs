using AuthSidecar.Decisions.Text;
using Npgsql;

namespace AuthSidecar.Platform.Storage.Postgres;

/// <summary>
/// Reads <c>Store:ConnectionString</c> and adds what look-ups need where it says nothing: few connections, and no long waits for one.
/// </summary>
internal static class PostgresConnection
{
    // Some replicas together must fit into the 100 that a server accepts by default.
    private const int MostConnections = 20;
    private const int SecondsToConnect = 5;
    private const int SecondsForACommand = 5;
    private const int MillisecondsToCancel = 500;

    /// <returns>What is wrong with the setting, without a word of its text, or null.</returns>
    public static string? Complaint(Secret? connectionString)
    {
        if (connectionString is null)
        {
            return "must say where PostgreSQL is, such as Host=db;Database=authsidecar;Username=authsidecar;Password=…";
        }

        try
        {
            return Parse(connectionString).Host is { Length: > 0 } ? null : "names no Host";
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException)
        {
            return "is not a connection string of Npgsql: write Host=…;Database=…;Username=…;Password=…";
        }
    }

    /// <exception cref="StoreConfigurationException">The text makes no sense; nothing of it is repeated.</exception>
    public static NpgsqlConnectionStringBuilder Read(Secret? connectionString) =>
        Complaint(connectionString) is { } complaint
            ? throw new StoreConfigurationException($"Store:ConnectionString {complaint}.")
            : Parse(connectionString!);

    /// <summary>Where it is, for people: hosts and database, nothing else.</summary>
    public static string Name(NpgsqlConnectionStringBuilder connection)
    {
        var port = connection.Port == NpgsqlConnection.DefaultPort ? "" : $":{connection.Port}";
        return $"{connection.Host}{port}/{connection.Database ?? connection.Username}";
    }

    private static NpgsqlConnectionStringBuilder Parse(Secret connectionString)
    {
        var connection = new NpgsqlConnectionStringBuilder(connectionString.Reveal())
        {
            PersistSecurityInfo = false,
            IncludeErrorDetail = false,
        };
        var said = connection.Keys.ToHashSet(StringComparer.OrdinalIgnoreCase);
        Default("Maximum Pool Size", () => connection.MaxPoolSize = MostConnections);
        Default("Timeout", () => connection.Timeout = SecondsToConnect);
        Default("Command Timeout", () => connection.CommandTimeout = SecondsForACommand);
        Default("Cancellation Timeout", () => connection.CancellationTimeout = MillisecondsToCancel);
        Default("Application Name", () => connection.ApplicationName = "authsidecar");
        return connection;

        void Default(string key, Action set)
        {
            if (!said.Contains(key))
            {
                set();
            }
        }
    }
}
